// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/pipelines/synthesize_dataset.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iomanip>
#include <mutex>
#include <numeric>
#include <optional>
#include <sstream>
#include <thread>

#include "core/common/files.h"
#include "core/common/outcome_name.h"
#include "core/common/random.h"
#include "core/common/run_record.h"
#include "core/data/dataset_writer.h"
#include "core/data/synthetic_fundus.h"

namespace medlocker::pipelines {
namespace {

namespace fs = std::filesystem;
using data::DatasetEntry;
using data::Split;

constexpr int kMostImages = 1'000'000;

std::optional<data::FileFormat> formatNamed(const std::string& name) {
  if (name == "png") return data::FileFormat::Png;
  if (name == "tiff" || name == "tif") return data::FileFormat::Tiff;
  if (name == "bmp") return data::FileFormat::Bmp;
  return std::nullopt;
}

std::optional<data::DatasetLayout> layoutNamed(const std::string& name) {
  try {
    return data::parseDatasetLayout(name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

data::SyntheticFundusOptions fundusOptions(const SynthOptions& options) {
  data::SyntheticFundusOptions fundus;
  fundus.width = options.width;
  fundus.height = options.height;
  fundus.bits = options.bits;
  fundus.difficulty = options.difficulty;
  return fundus;
}

/// Exact counts per grade by largest remainder; of equal remainders the lower grade's is rounded up.
std::array<int, 5> gradeCounts(const SynthOptions& options) {
  const double total = std::accumulate(options.gradeWeights.begin(), options.gradeWeights.end(), 0.0);
  std::array<int, 5> counts{};
  std::array<double, 5> remainders{};
  int given = 0;
  for (std::size_t grade = 0; grade < counts.size(); ++grade) {
    const double exact = options.count * options.gradeWeights[grade] / total;
    counts[grade] = static_cast<int>(std::floor(exact));
    remainders[grade] = exact - counts[grade];
    given += counts[grade];
  }
  for (; given < options.count; ++given) {
    const auto largest = std::max_element(remainders.begin(), remainders.end());
    ++counts[static_cast<std::size_t>(largest - remainders.begin())];
    *largest = -1;
  }
  return counts;
}

struct Patient {
  std::vector<int> grades;  ///< of one or two eyes
  Split split = Split::Train;
};

/// The two eyes of a patient are usually ill alike: grades are paired with their neighbours after a jitter.
std::vector<Patient> pairEyes(const std::array<int, 5>& counts, RandomStream& stream) {
  std::vector<std::pair<double, int>> grades;
  for (int grade = 0; grade < 5; ++grade) {
    for (int i = 0; i < counts[static_cast<std::size_t>(grade)]; ++i) {
      grades.emplace_back(grade + 0.45 * stream.normal(), grade);
    }
  }
  std::sort(grades.begin(), grades.end());
  std::vector<Patient> patients;
  for (std::size_t i = 0; i < grades.size(); i += 2) {
    Patient patient;
    patient.grades.push_back(grades[i].second);
    if (i + 1 < grades.size()) {
      patient.grades.push_back(grades[i + 1].second);
      if (stream.chance(0.5)) std::swap(patient.grades[0], patient.grades[1]);
    }
    patients.push_back(std::move(patient));
  }
  return patients;
}

/// Whole patients go to a split. They still stand in the order of their grades, so taking one whenever enough
/// of a share has gathered spreads each split evenly over the grades.
void splitPatients(std::vector<Patient>& patients, double validation, double test, RandomStream& stream) {
  double validationDue = stream.uniform(0, 0.5);
  double testDue = stream.uniform(0, 0.5);
  for (Patient& patient : patients) {
    validationDue += validation;
    testDue += test;
    if (testDue >= 1 && testDue >= validationDue) {
      patient.split = Split::Test;
      testDue -= 1;
    } else if (validationDue >= 1) {
      patient.split = Split::Validation;
      validationDue -= 1;
    }
  }
}

struct Plan {
  std::vector<DatasetEntry> entries;
  std::vector<std::uint64_t> patientOf;
  std::int64_t patients = 0;
};

Plan planDataset(const SynthOptions& options, const RandomStream& run) {
  RandomStream stream = run.child("plan");
  std::vector<Patient> patients = pairEyes(gradeCounts(options), stream);
  splitPatients(patients, options.validationFraction, options.testFraction, stream);
  stream.shuffle(patients);
  Plan plan;
  plan.patients = static_cast<std::int64_t>(patients.size());
  for (std::size_t i = 0; i < patients.size(); ++i) {
    char group[24];
    std::snprintf(group, sizeof group, "S%04zu", i + 1);
    const bool onlyRight = patients[i].grades.size() == 1 && stream.chance(0.5);
    for (std::size_t k = 0; k < patients[i].grades.size(); ++k) {
      const data::Eye eye = k == 0 && !onlyRight ? data::Eye::Left : data::Eye::Right;
      plan.entries.push_back({std::string(group) + "_" + std::string(toString(eye)), group, eye,
                              patients[i].grades[k], patients[i].split});
      plan.patientOf.push_back(i);
    }
  }
  return plan;
}

/// What must be equal for a run to be the same run.
Json identityOf(const SynthOptions& options) {
  Json json = options.toJson();
  for (const char* field : {"out", "threads", "resume", "dry_run"}) json.erase(field);
  return json;
}

void prepareFolder(const SynthOptions& options) {
  std::error_code error;
  fs::create_directories(options.out, error);
  if (error) throw Error(ErrorCode::Io, "cannot be created: " + error.message(), options.out.string());
  if (fs::is_empty(options.out, error) && !error) return;
  if (error) throw Error(ErrorCode::Io, "cannot be listed: " + error.message(), options.out.string());
  if (!options.resume) {
    throw Error(ErrorCode::InputRejected,
                "the folder is not empty (use resume to go on with an interrupted run)",
                options.out.string());
  }
  Json record;
  try {
    record = parseJsonStrictly(readTextFile(options.out / "run.json"));
  } catch (const Error&) {
    throw Error(ErrorCode::InputRejected, "the folder holds no run to go on with", options.out.string());
  }
  if (record.value("command", "") != "synth" || !record.contains("identity") ||
      record["identity"] != identityOf(options)) {
    throw Error(ErrorCode::InputRejected, "the run in the folder has other options", options.out.string());
  }
}

class Synthesis {
 public:
  Synthesis(const SynthOptions& options, const Plan& plan, const RandomStream& run,
            data::DatasetWriter& writer, const RunContext& context)
      : options_(options), plan_(plan), run_(run), writer_(writer), context_(context) {}

  void run(SynthSummary& summary) {
    int threads = options_.threads;
    if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
    const auto workers = std::min<std::size_t>(static_cast<std::size_t>(threads), plan_.entries.size());
    {
      std::vector<std::jthread> pool;
      for (std::size_t i = 1; i < workers; ++i) pool.emplace_back([this] { work(); });
      work();
    }
    if (failure_) std::rethrow_exception(failure_);
    summary.lesions = lesions_;
  }

 private:
  void work() {
    try {
      for (std::size_t i = next_++; i < plan_.entries.size() && !context_.stopRequested(); i = next_++)
        draw(i);
    } catch (...) {
      next_ = plan_.entries.size();
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
  }

  void draw(std::size_t index) {
    const DatasetEntry& entry = plan_.entries[index];
    data::SyntheticFundusOptions fundus = fundusOptions(options_);
    fundus.grade = entry.grade;
    fundus.eye = entry.eye;
    const data::SyntheticFundus drawn =
        renderSyntheticFundus(fundus, run_.child("patient", plan_.patientOf[index]));
    writer_.write(index, drawn);
    const std::lock_guard lock(mutex_);
    for (const data::LesionLayer& layer : drawn.layers) {
      if (layer.kind != data::LesionKind::OpticDisc)
        lesions_[std::string(toString(layer.kind))] += layer.count;
    }
    context_.report({"draw", ++done_, static_cast<std::int64_t>(plan_.entries.size()), entry.name});
  }

  const SynthOptions& options_;
  const Plan& plan_;
  const RandomStream& run_;
  data::DatasetWriter& writer_;
  const RunContext& context_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::int64_t done_ = 0;
  std::map<std::string, std::int64_t> lesions_;
  std::exception_ptr failure_;
};

}  // namespace

std::vector<OptionIssue> SynthOptions::validate() const {
  std::vector<OptionIssue> issues = fundusOptions(*this).validate();
  if (out.empty() && !dryRun) issues.push_back({"out", "must name a folder"});
  if (count < 1 || count > kMostImages) issues.push_back({"count", "must be 1 to 1000000"});
  const auto known = layoutNamed(layout);
  if (!known) {
    std::string names;
    for (const std::string& name : data::datasetLayoutNames()) names += (names.empty() ? "" : ", ") + name;
    issues.push_back({"layout", "must be one of " + names});
  }
  const auto file = formatNamed(format);
  if (!file) issues.push_back({"format", "must be png, tiff or bmp"});
  if (file == data::FileFormat::Bmp && bits == 16) issues.push_back({"format", "bmp has no 16-bit samples"});
  double sum = 0;
  bool usable = true;
  for (const double weight : gradeWeights) {
    usable &= std::isfinite(weight) && weight >= 0;
    sum += weight;
  }
  if (!usable || !std::isfinite(sum) || sum <= 0) {
    issues.push_back({"gradeWeights", "must be five shares of at least 0, not all 0"});
  }
  const auto fraction = [&](const char* field, double value, Split split) {
    if (!(value >= 0 && value < 1)) {
      issues.push_back({field, "must be at least 0 and less than 1"});
    } else if (value > 0 && known && !canHoldSplit(*known, split)) {
      issues.push_back(
          {field, "the layout " + std::string(toString(*known)) + " has no place for such a set"});
    }
  };
  fraction("validationFraction", validationFraction, Split::Validation);
  fraction("testFraction", testFraction, Split::Test);
  if (validationFraction + testFraction > 0.9) {
    issues.push_back({"testFraction", "must leave at least a tenth of the patients for training"});
  }
  if (threads < 0) issues.push_back({"threads", "must not be negative"});
  return issues;
}

Json SynthOptions::toJson() const {
  return {{"out", out.string()},
          {"count", count},
          {"width", width},
          {"height", height},
          {"layout", layout},
          {"format", format},
          {"bits", bits},
          {"grade_weights", gradeWeights},
          {"difficulty", difficulty},
          {"validation_fraction", validationFraction},
          {"test_fraction", testFraction},
          {"masks", masks},
          {"seed", seed},
          {"threads", threads},
          {"resume", resume},
          {"dry_run", dryRun}};
}

std::string SynthSummary::briefReport() const {
  std::ostringstream text;
  const auto counted = [&text](std::int64_t n, const char* one, const char* many) {
    text << n << ' ' << (n == 1 ? one : many);
  };
  if (options.dryRun) {
    text << "Would write ";
    counted(planned, "synthetic fundus image", "synthetic fundus images");
  } else {
    counted(images, "synthetic fundus image", "synthetic fundus images");
    if (images < planned) text << " of " << planned;
    text << " and ";
    counted(masks, "lesion mask", "lesion masks");
    text << " written to " << options.out.string();
  }
  text << "\nLayout " << options.layout << ", " << options.width << " × " << options.height << " px, "
       << options.bits << " bit, ";
  counted(patients, "patient", "patients");
  text << "\nGrades 0 to 4:";
  for (const std::int64_t n : perGrade) text << ' ' << n;
  if (perSplit.size() > 1) {
    text << "\nSets:";
    for (const auto& [name, n] : perSplit) text << ' ' << name << ' ' << n;
  }
  if (!lesions.empty()) {
    text << "\nLesions:";
    for (const auto& [kind, n] : lesions) text << ' ' << kind << ' ' << n;
  }
  if (images > 0 && seconds > 0) {
    text << std::fixed << std::setprecision(1) << "\n"
         << seconds << " s, " << static_cast<double>(images) / seconds << " images per second";
  }
  if (outcome == Outcome::Cancelled) {
    text << "\nStopped early: what is there is complete in itself; resume goes on.";
  }
  return text.str();
}

Json SynthSummary::toJson() const {
  return {{"schema", "medlocker/synth/1"},
          {"outcome", outcomeName(outcome)},
          {"options", options.toJson()},
          {"planned", planned},
          {"images", images},
          {"masks", masks},
          {"patients", patients},
          {"per_grade", perGrade},
          {"per_split", perSplit},
          {"lesions", lesions},
          {"fingerprint", fingerprint},
          {"seconds", seconds}};
}

SynthSummary synthesizeDataset(const SynthOptions& options, const RunContext& context) {
  throwIfInvalid(options.validate());
  const auto start = std::chrono::steady_clock::now();
  const RandomStream run = RandomStream::fromSeed(options.seed, "synthetic dataset");
  const Plan plan = planDataset(options, run);

  SynthSummary summary;
  summary.options = options;
  summary.planned = static_cast<std::int64_t>(plan.entries.size());
  summary.patients = plan.patients;
  for (const DatasetEntry& entry : plan.entries) {
    ++summary.perGrade[static_cast<std::size_t>(entry.grade)];
    ++summary.perSplit[std::string(toString(entry.split))];
  }

  data::DatasetWriterOptions writing;
  writing.layout = *layoutNamed(options.layout);
  // One folder of images is a plain folder to whoever reads it.
  if (writing.layout == data::DatasetLayout::ClassFolders &&
      std::count(summary.perGrade.begin(), summary.perGrade.end(), 0) + 1 >=
          static_cast<std::ptrdiff_t>(summary.perGrade.size()))
    throw Error(ErrorCode::InvalidArgument, "class folders need images of at least two grades", "layout");
  writing.format = *formatNamed(options.format);
  writing.width = options.width;
  writing.height = options.height;
  writing.bits = options.bits;
  writing.masks = options.masks;
  writing.provenance = "SYNTHETIC fundus image, drawn by MedLocker " + std::string(kVersion) +
                       "; no patient, not for diagnosis";
  data::DatasetWriter writer(options.out, writing, plan.entries);
  if (options.dryRun) return summary;

  prepareFolder(options);
  Json record{{"command", "synth"},
              {"options", options.toJson()},
              {"identity", identityOf(options)},
              {"seed", options.seed},
              {"device", "cpu"},
              {"started", utcNow()},
              {"outcome", "running"}};
  writeRunJson(options.out, record);

  Synthesis(options, plan, run, writer, context).run(summary);
  writer.finish();
  summary.images = writer.imagesWritten();
  summary.masks = writer.masksWritten();
  if (summary.images < summary.planned) summary.outcome = Outcome::Cancelled;
  if (summary.images > 0) {
    // Reading it back is the proof that the layout is what it claims to be.
    const data::Manifest manifest = data::openDataset(options.out);
    if (static_cast<std::int64_t>(manifest.samples.size()) != summary.images ||
        manifest.layout != toString(writing.layout)) {
      throw Error(ErrorCode::Internal, "the written dataset does not read back as it was meant",
                  options.out.string());
    }
    summary.fingerprint = data::datasetFingerprint(manifest, options.threads);
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const Json result = summary.toJson();
  for (const char* field : {"outcome", "planned", "images", "masks", "patients", "per_grade", "per_split",
                            "lesions", "fingerprint", "seconds"}) {
    record[field] = result[field];
  }
  record["finished"] = utcNow();
  writeRunJson(options.out, record);
  return summary;
}

}  // namespace medlocker::pipelines
