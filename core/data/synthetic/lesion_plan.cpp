// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/synthetic/lesion_plan.h"

#include <algorithm>
#include <numbers>

namespace medlocker::data::synthetic {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kOuter = 0.90;  // lesions stay inside the lit area, also where top and bottom are cut
constexpr double kOuterY = 0.76;

class Planner {
 public:
  Planner(const FundusAnatomy& anatomy, double difficulty, const RandomStream& eye)
      : anatomy_(anatomy), stream_(eye.child("lesions")) {
    size_ = 1.35 - 0.55 * difficulty;
    contrast_ = 1.0 - 0.35 * difficulty;
    spread_ = 0.25 + 0.5 * difficulty;
  }

  LesionPlan plan(int grade) {
    severity_ = stream_.uniform();
    switch (grade) {
      case 0:
        break;
      case 1:
        makeFoci(2);
        dots(count(6, 14));
        break;
      case 2:
        makeFoci(3);
        exudates(count(1, 3));
        cottonWool(stream_.chance(0.4) ? 1 : 0);
        dots(count(10, 20));
        haemorrhages(count(6, 12), 1.0, 0.15);
        break;
      case 3:
        makeFoci(6);
        exudates(count(2, 5));
        cottonWool(count(2, 5));
        dots(count(20, 36));
        haemorrhages(count(24, 40), 1.25, 0.35);
        break;
      default:
        makeFoci(4);
        exudates(count(0, 3));
        cottonWool(count(0, 3));
        dots(count(12, 24));
        haemorrhages(count(8, 18), 1.1, 0.3);
        proliferation();
        break;
    }
    return std::move(plan_);
  }

 private:
  /// A number between `least` and about `most`, rising with the eye's severity within its grade.
  int count(int least, int most) {
    const double noise = spread_ * stream_.uniform(-0.5, 0.5);
    return least + static_cast<int>(std::lround((most - least) * std::clamp(severity_ + noise, 0.0, 1.15)));
  }

  bool onRetina(Point p, double radius) const {
    return length(p) + radius < kOuter && std::abs(p.y) + radius < kOuterY;
  }
  bool clearOfDisc(Point p, double radius) const {
    return length(p - anatomy_.disc.centre) > anatomy_.disc.radius * 1.25 + radius;
  }
  bool clearOfOthers(Point p, double radius, double gap) const {
    return std::none_of(taken_.begin(), taken_.end(), [&](const Lesion& other) {
      return length(p - other.at) < gap + radius * 1.1 + other.radius * 1.1;
    });
  }

  /// Lesions gather around a few places, spread over the quadrants around the fovea.
  void makeFoci(int number) {
    const double turn = stream_.uniform(0, 2 * kPi);
    for (int i = 0; i < number; ++i) {
      const double angle = turn + 2 * kPi * (i + stream_.uniform(-0.3, 0.3)) / number;
      const double distance = stream_.uniform(0.22, 0.58);
      foci_.push_back(anatomy_.fovea + distance * Point{std::cos(angle), std::sin(angle)});
    }
  }

  Point candidate(double scatter) {
    if (stream_.chance(0.72)) {
      const Point focus = foci_[stream_.below(foci_.size())];
      const double dx = stream_.normal();
      const double dy = stream_.normal();
      return focus + scatter * Point{dx, dy};
    }
    const double angle = stream_.uniform(0, 2 * kPi);
    const double distance = std::sqrt(stream_.uniform(0.02, 0.62));
    return anatomy_.fovea + distance * Point{std::cos(angle), std::sin(angle)};
  }

  void add(Lesion lesion, bool reserve = true) {
    lesion.index = plan_.lesions.size();
    plan_.lesions.push_back(lesion);
    if (reserve) taken_.push_back(lesion);
  }

  void dots(int number) {
    for (int i = 0; i < number; ++i) {
      const double radius = size_ * stream_.uniform(0.0070, 0.0125);
      for (int attempt = 0; attempt < 60; ++attempt) {
        const Point at = candidate(0.13);
        if (!onRetina(at, radius) || !clearOfDisc(at, radius) || !clearOfOthers(at, radius, 0.008)) continue;
        if (length(at - anatomy_.fovea) < 0.06 || anatomy_.occupied.near(at, radius * 1.3)) continue;
        Lesion lesion{LesionKind::Microaneurysm, LesionShape::Dot, at, radius};
        lesion.stretch = stream_.uniform(1.0, 1.2);
        lesion.angle = stream_.uniform(0, kPi);
        lesion.strength = static_cast<float>(contrast_ * stream_.uniform(0.85, 1.1));
        add(lesion);
        break;
      }
    }
  }

  void haemorrhages(int number, double scale, double flameShare) {
    for (int i = 0; i < number; ++i) {
      const bool flame = stream_.chance(flameShare);
      // Many small ones, few large ones.
      const double u = stream_.uniform();
      const double radius = scale * size_ * (flame ? 0.010 + 0.008 * u : 0.012 + 0.021 * u * u);
      for (int attempt = 0; attempt < 60; ++attempt) {
        const Point at = candidate(0.15);
        if (!onRetina(at, radius * 2) || !clearOfDisc(at, radius) || !clearOfOthers(at, radius, 0.012))
          continue;
        if (length(at - anatomy_.fovea) < 0.07 + radius) continue;
        Lesion lesion{LesionKind::Haemorrhage, flame ? LesionShape::Flame : LesionShape::Blot, at, radius};
        lesion.strength = static_cast<float>(contrast_ * stream_.uniform(0.85, 1.1));
        if (flame) {
          lesion.stretch = stream_.uniform(2.2, 3.6);
          lesion.angle = fibreDirection(at) + 0.2 * stream_.normal();
        } else {
          lesion.stretch = stream_.uniform(1.0, 1.5);
          lesion.angle = stream_.uniform(0, kPi);
        }
        add(lesion);
        break;
      }
    }
  }

  /// Nerve fibres leave the disc radially and arch around the fovea.
  double fibreDirection(Point p) const {
    const Point out = p - anatomy_.disc.centre;
    const Point fromFovea = p - anatomy_.fovea;
    Point around = (1 / std::max(0.05, length(fromFovea))) * Point{-fromFovea.y, fromFovea.x};
    if (around.x > 0) around = -1 * around;
    const double share = 0.6 * std::clamp((anatomy_.disc.centre.x - p.x) / 0.7, 0.0, 1.0);
    const Point along = ((1 - share) / std::max(0.05, length(out))) * out + share * around;
    return std::atan2(along.y, along.x);
  }

  void speck(Point at, double radius, float strength) {
    if (!onRetina(at, radius) || !clearOfDisc(at, radius) || length(at - anatomy_.fovea) < 0.045) return;
    Lesion lesion{LesionKind::HardExudate, LesionShape::Speck, at, radius};
    lesion.stretch = stream_.uniform(1.0, 1.9);
    lesion.angle = stream_.uniform(0, kPi);
    lesion.strength = strength;
    add(lesion, false);
  }

  void exudates(int clusters) {
    for (int i = 0; i < clusters; ++i) {
      const double kind = stream_.uniform();
      const auto strength = static_cast<float>(contrast_ * stream_.uniform(0.85, 1.05));
      Point centre;
      for (int attempt = 0; attempt < 60; ++attempt) {
        const double angle = stream_.uniform(0, 2 * kPi);
        centre = anatomy_.fovea + stream_.uniform(0.16, 0.48) * Point{std::cos(angle), std::sin(angle)};
        if (onRetina(centre, 0.1) && clearOfDisc(centre, 0.12)) break;
      }
      ++plan_.exudateClusters;
      const double grain = size_ * stream_.uniform(0.8, 1.2);
      if (kind < 0.28) {  // circinate: a broken ring
        const double ring = stream_.uniform(0.07, 0.13);
        const double open = stream_.uniform(0, 2 * kPi);
        const int specks = 26 + static_cast<int>(stream_.below(22));
        for (int k = 0; k < specks; ++k) {
          const double angle = open + stream_.uniform(0.0, 1.7 * kPi);
          const double r = ring * (1 + 0.14 * stream_.normal());
          speck(centre + r * Point{std::cos(angle), 0.85 * std::sin(angle)},
                grain * stream_.uniform(0.005, 0.012), strength);
        }
      } else {
        const double spread = stream_.uniform(0.030, 0.075);
        const double flat = stream_.uniform(0.5, 1.0);
        const double angle = stream_.uniform(0, kPi);
        const int specks = 10 + static_cast<int>(stream_.below(26));
        for (int k = 0; k < specks; ++k) {
          const double u = spread * stream_.normal();
          const double v = spread * flat * stream_.normal();
          const Point at = centre + Point{u * std::cos(angle) - v * std::sin(angle),
                                          u * std::sin(angle) + v * std::cos(angle)};
          // The large spots lie in the middle and run together.
          const double core = 1 / (1 + (u * u + v * v) / (spread * spread));
          speck(at, grain * stream_.uniform(0.005, 0.008 + 0.010 * core), strength);
        }
      }
    }
  }

  void cottonWool(int number) {
    for (int i = 0; i < number; ++i) {
      const double radius = size_ * stream_.uniform(0.024, 0.042);
      for (int attempt = 0; attempt < 60; ++attempt) {
        const double angle = stream_.uniform(0.35 * kPi, 1.65 * kPi);
        const double distance = stream_.uniform(0.30, 0.75);
        const Point at = anatomy_.disc.centre + distance * Point{std::cos(angle), std::sin(angle)};
        if (!onRetina(at, radius) || !clearOfOthers(at, radius, 0.02)) continue;
        if (length(at - anatomy_.fovea) < 0.2) continue;
        Lesion lesion{LesionKind::SoftExudate, LesionShape::CottonWool, at, radius};
        lesion.stretch = stream_.uniform(1.1, 1.7);
        lesion.angle = fibreDirection(at) + kPi / 2 + 0.4 * stream_.normal();
        lesion.strength = static_cast<float>(contrast_ * stream_.uniform(0.75, 1.0));
        add(lesion);
        break;
      }
    }
  }

  void proliferation() {
    const double kind = stream_.uniform();
    const bool boat = kind < 0.62;
    const bool atDisc = stream_.chance(0.45);
    // Something must show: without the haemorrhage there are at least two tufts.
    const int elsewhere = (kind > 0.45 ? 1 : 0) + (stream_.chance(0.5) || (!boat && !atDisc) ? 1 : 0);
    if (stream_.chance(0.3)) strand();
    if (atDisc) {
      Lesion tuft{LesionKind::Other, LesionShape::Tuft, anatomy_.disc.centre,
                  size_ * stream_.uniform(0.10, 0.15)};
      tuft.at =
          tuft.at + (anatomy_.disc.radius * 0.7) * Point{stream_.uniform(-1, 0.2), stream_.uniform(-1, 1)};
      tuft.strength = static_cast<float>(contrast_);
      add(tuft);
    }
    for (int i = 0; i < elsewhere; ++i) {
      const double radius = size_ * stream_.uniform(0.075, 0.12);
      for (int attempt = 0; attempt < 80; ++attempt) {
        // New vessels grow along the arcades.
        const double angle = stream_.uniform(0, 2 * kPi);
        const Point at =
            anatomy_.fovea + stream_.uniform(0.45, 0.72) * Point{std::cos(angle), std::sin(angle)};
        if (!onRetina(at, radius) || !clearOfDisc(at, radius) || !anatomy_.occupied.near(at, 0.03)) continue;
        Lesion tuft{LesionKind::Other, LesionShape::Tuft, at, radius};
        tuft.strength = static_cast<float>(contrast_);
        add(tuft);
        break;
      }
    }
    if (!boat) return;
    const double radius = size_ * stream_.uniform(0.085, 0.15);
    for (int attempt = 0; attempt < 80; ++attempt) {
      const double angle = stream_.uniform(0, 2 * kPi);
      const Point at = anatomy_.fovea + stream_.uniform(0.28, 0.52) * Point{std::cos(angle), std::sin(angle)};
      if (!onRetina(at, radius) || !clearOfDisc(at, radius)) continue;
      Lesion lesion{LesionKind::Haemorrhage, LesionShape::Boat, at, radius};
      lesion.stretch = stream_.uniform(1.3, 2.0);
      lesion.strength = static_cast<float>(0.85 + 0.15 * contrast_);
      add(lesion);
      break;
    }
  }

  void strand() {
    for (int attempt = 0; attempt < 80; ++attempt) {
      const double angle = stream_.uniform(0.4 * kPi, 1.6 * kPi);
      const Point at =
          anatomy_.disc.centre + stream_.uniform(0.25, 0.5) * Point{std::cos(angle), std::sin(angle)};
      if (!onRetina(at, 0.15) || length(at - anatomy_.fovea) < 0.25) continue;
      Lesion lesion{LesionKind::Other, LesionShape::Strand, at, size_ * stream_.uniform(0.012, 0.02)};
      lesion.stretch = stream_.uniform(9, 14);
      lesion.angle = angle + 0.3 * stream_.normal();
      lesion.strength = static_cast<float>(contrast_);
      add(lesion);
      return;
    }
  }

  const FundusAnatomy& anatomy_;
  RandomStream stream_;
  double size_ = 1;
  double contrast_ = 1;
  double spread_ = 0.3;
  double severity_ = 0.5;
  std::vector<Point> foci_;
  std::vector<Lesion> taken_;
  LesionPlan plan_;
};

}  // namespace

LesionPlan planLesions(const FundusAnatomy& anatomy, int grade, double difficulty, const RandomStream& eye) {
  return Planner(anatomy, difficulty, eye).plan(grade);
}

}  // namespace medlocker::data::synthetic
