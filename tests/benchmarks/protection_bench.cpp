// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "core/common/resources.h"
#include "core/data/synthetic_fundus.h"
#include "core/models/fast_logits.h"
#include "core/models/model_file.h"
#include "core/models/network.h"
#include "core/pipelines/generate_keys.h"
#include "core/pipelines/synthesize_dataset.h"
#include "core/protect/candidate_scorer.h"
#include "core/protect/compositor.h"
#include "core/protect/feasibility_plan.h"
#include "core/protect/payload.h"
#include "tests/benchmarks/convolution_roof.h"

// Protection: the search against the machine's convolution roof, the export against the codec alone, and the
// memory of a whole run on photographs of a fundus camera's native size.
namespace medlocker::bench {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

data::Image photograph(int width, int height) {
  data::SyntheticFundusOptions options;
  options.width = width;
  options.height = height;
  options.grade = 2;
  return data::renderSyntheticFundus(options, RandomStream::fromSeed(1, "bench/photograph")).image;
}

/// Everything a search needs to know of one image.
struct Scene {
  data::Image image;
  data::ValueWindow window;
  data::FloatImage view;
  data::FieldOfView fov;
  data::WorkingFrame frame;
  std::shared_ptr<const protect::FeasibilityPlan> plan;

  Scene(int width, int height) : image(photograph(width, height)) {
    window = data::displayWindow(image);
    view = data::floatView(image, window);
    fov = data::detectFieldOfView(view);
    frame = data::makeWorkingFrame(view, fov);
    plan = protect::planFeasibility(protect::loadLogo(findLogo(std::string(kDefaultLogo))), fov, frame,
                                    segmentation::regionsFromMasks({}, fov), {})
               .plan;
  }
};

models::ClassifierPtr classifierOf(const std::string& arch, int side) {
  torch::manual_seed(1);
  models::ModelInfo info;
  info.name = info.arch = arch;
  info.classes = {"0", "1", "2", "3", "4"};
  info.inputSize = side;
  return models::makeClassifier(models::makeNetwork(arch, {.outputs = 5, .inputSize = side}), info,
                                DeviceKind::Cpu);
}

/// Candidates per second of the screening stage: composing at model resolution, one forward pass, margins.
/// `macs`: multiply-adds of the convolutions in one forward pass. `roof_share` compares with the roof of the
/// precision in which the fast form computes, measured in the same process.
void screening(benchmark::State& state, const char* arch, int side, double macs) {
  static const Scene scene(1024, 768);
  const models::ClassifierPtr model = classifierOf(arch, side);
  protect::ModelScorer scorer(scene.view, scene.fov, scene.frame, scene.plan->tile,
                              protect::OpacityLaw::Matte, false, {{model, 0, 1}}, {protect::Transform{}}, {},
                              {});
  std::vector<protect::Placement> candidates;
  RandomStream draw = RandomStream::fromSeed(2, "bench/candidates");
  for (int i = 0; i < 64; ++i) {
    const protect::Position at = scene.plan->working.draw(draw);
    candidates.push_back({at.x, at.y, protect::opacityCode(0.9)});
  }
  const double roof =
      convolutionRoof(models::fastIsBfloat16(*model) ? Precision::Bfloat16 : Precision::Float32);
  scorer.score(candidates, protect::ScoreStage::Screen);
  const Clock::time_point begin = Clock::now();
  std::int64_t done = 0;
  for (auto _ : state) {
    scorer.score(candidates, protect::ScoreStage::Screen);
    done += static_cast<std::int64_t>(candidates.size());
  }
  const double rate = static_cast<double>(done) / secondsSince(begin);
  state.counters["candidates/s"] = rate;
  state.counters["roof_share"] = rate * 2 * macs / roof;
}

/// The protected file from samples in memory: compose, encode, payload, against the encoder alone. The two
/// run in turn, so that a change in the machine's load meets both.
void exporting(benchmark::State& state, data::FileFormat format) {
  static const Scene scene(4288, 2848);
  const protect::TargetTile tile = protect::makeTargetTile(scene.plan->tile, scene.image, scene.window);
  const protect::Position at = scene.plan->working.at(scene.plan->working.count() / 2);
  const auto corner = scene.plan->native.repair(scene.frame.nativeX(at.x), scene.frame.nativeY(at.y));
  double codec = 0;
  double whole = 0;
  for (auto _ : state) {
    const Clock::time_point begin = Clock::now();
    benchmark::DoNotOptimize(data::encodeImage(scene.image, format));
    const Clock::time_point middle = Clock::now();
    const data::Image marked = protect::compose(
        scene.image, {{&tile, corner->x, corner->y, protect::opacityCode(0.9)}}, protect::OpacityLaw::Matte);
    benchmark::DoNotOptimize(data::encodeImage(marked, format));
    benchmark::DoNotOptimize(
        protect::encodeRoiPayload(scene.image, protect::changedBox(scene.image, marked)));
    const Clock::time_point end = Clock::now();
    codec += std::chrono::duration<double>(middle - begin).count();
    whole += std::chrono::duration<double>(end - middle).count();
    state.SetIterationTime(std::chrono::duration<double>(end - middle).count());
  }
  const double megapixels = static_cast<double>(state.iterations()) * 4288 * 2848 / 1e6;
  state.counters["MP/s"] = megapixels / whole;
  state.counters["codec_MP/s"] = megapixels / codec;
  state.counters["of_codec"] = codec / whole;
}
BENCHMARK_CAPTURE(exporting, png, data::FileFormat::Png)
    ->Name("Export/png")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(exporting, tiff, data::FileFormat::Tiff)
    ->Name("Export/tiff")
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

/// A folder that goes away with the object.
class Workplace {
 public:
  Workplace() : path_(fs::temp_directory_path() / ("medlocker-bench-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// Runs a program to its end; its largest resident memory in MiB, negative when it failed.
double peakMemory(const std::vector<std::string>& command) {
  const pid_t child = fork();
  if (child == 0) {
    std::vector<char*> arguments;
    for (const std::string& part : command) arguments.push_back(const_cast<char*>(part.c_str()));
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
      WEXITSTATUS(status) != 0)
    return -1;
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// `medlocker protect` on native photographs, two networks at 224 px: the program that lies beside this one.
void nativeRun(benchmark::State& state) {
  const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "medlocker";
  for (auto _ : state) {
    const Workplace folder;
    pipelines::SynthOptions synth;
    synth.out = folder / "set";
    synth.count = 3;
    synth.width = 4288;
    synth.height = 2848;
    pipelines::synthesizeDataset(synth);
    pipelines::GenerateKeysOptions keys;
    keys.out = folder / "keys";
    keys.noPassphrase = true;
    pipelines::generateKeys(keys);
    std::vector<std::string> command{program.string(),
                                     "protect",
                                     synth.out.string(),
                                     "--logo",
                                     findLogo(std::string(kDefaultLogo)).string(),
                                     "--key",
                                     (keys.out / "owner.key").string(),
                                     "--out",
                                     (folder / "run").string(),
                                     "--budget",
                                     "40",
                                     "--quiet",
                                     "--seed",
                                     "1"};
    for (const char* arch : {"resnet18", "mobilenet_v3_large"}) {
      models::ModelInfo info;
      info.name = info.arch = arch;
      info.classes = {"0_no_dr", "1_mild", "2_moderate", "3_severe",
                      "4_proliferative"};  // as synth calls them
      models::saveModel(folder / arch, *models::makeNetwork(arch, {.outputs = 5}), info);
      command.insert(command.end(), {"--model", (folder / arch).string()});
    }
    const Clock::time_point begin = Clock::now();
    const double peak = peakMemory(command);
    if (peak < 0) {
      state.SkipWithError("medlocker protect failed; is it built?");
      break;
    }
    state.SetIterationTime(secondsSince(begin));
    state.counters["peak_MiB"] = peak;
    state.counters["images/s"] = 3 / secondsSince(begin);
  }
}
BENCHMARK(nativeRun)
    ->Name("ProtectNative/4288x2848")
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

const bool kRegistered = [] {
  struct Case {
    const char* arch;
    int side;
    double macs;
  };
  for (const Case& each :
       {Case{"resnet8", 64, 49.8e6}, Case{"resnet18", 128, 592e6}, Case{"resnet18", 224, 1814e6}})
    benchmark::RegisterBenchmark(
        (std::string("Screening/") + each.arch + "@" + std::to_string(each.side)).c_str(),
        [=](benchmark::State& state) { screening(state, each.arch, each.side, each.macs); })
        ->Unit(benchmark::kMillisecond)
        ->UseRealTime();
  return true;
}();

}  // namespace
}  // namespace medlocker::bench
