// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/synthetic/fundus_anatomy.h"

#include <algorithm>
#include <deque>
#include <numbers>

namespace medlocker::data::synthetic {
namespace {

constexpr double kStep = 0.012;            // distance between vessel points
constexpr double kThinnest = 0.0024;       // smallest vessel radius that a photograph shows
constexpr double kShortest = 0.09;         // branches that end before this are left out
constexpr double kFovealAvascular = 0.13;  // no vessel comes nearer to the fovea
constexpr double kPi = std::numbers::pi;

double wrapAngle(double angle) {
  while (angle > kPi) angle -= 2 * kPi;
  while (angle < -kPi) angle += 2 * kPi;
  return angle;
}

Point bezier(Point a, Point b, Point c, Point d, double t) {
  const double u = 1 - t;
  return (u * u * u) * a + (3 * u * u * t) * b + (3 * u * t * t) * c + (t * t * t) * d;
}

/// A growing end.
struct Tip {
  Point at;
  double heading = 0;
  double radius = 0;
  bool artery = false;
  bool inward = false;  ///< heads for the macula
  std::uint16_t parent = 0;
  double clearance = 0;  ///< path length before other vessels stop it: it has to leave its parent first
};

class VesselTree {
 public:
  VesselTree(FundusAnatomy& anatomy, RandomStream stream) : anatomy_(anatomy), stream_(std::move(stream)) {
    tortuosity_ = stream_.uniform(0.6, 1.5);
    calibre_ = stream_.uniform(0.9, 1.12);
    rootOffset_ = {stream_.uniform(0.05, 0.25), stream_.uniform(-0.1, 0.1)};
  }

  void grow() {
    for (const double side : {-1.0, 1.0}) {
      const double arch = stream_.uniform(0.50, 0.66);
      temporalArcade(side, arch, false);
      temporalArcade(side, arch * stream_.uniform(0.84, 1.16), true);
      nasalTrunk(side, false);
      nasalTrunk(side, true);
    }
    maculaTwigs();
    while (!tips_.empty() && anatomy_.vessels.size() < kMostVessels) {
      // The thickest first, so that the large branches take their room before twigs do.
      const auto thickest = std::max_element(tips_.begin(), tips_.end(),
                                             [](const Tip& a, const Tip& b) { return a.radius < b.radius; });
      const Tip tip = *thickest;
      tips_.erase(thickest);
      growBranch(tip);
    }
  }

 private:
  static constexpr std::size_t kMostVessels = 700;

  void temporalArcade(double side, double arch, bool artery) {
    const Point disc = anatomy_.disc.centre;
    const Point fovea = anatomy_.fovea;
    const Point root = this->root(artery);
    const Point rise = disc + Point{stream_.uniform(-0.05, 0.03), side * arch * stream_.uniform(0.65, 0.85)};
    const Point crest = fovea + Point{stream_.uniform(0.10, 0.28), side * arch};
    // The second curve goes on in the first one's direction, so that the crest has no kink.
    const Point before = crest + Point{stream_.uniform(0.18, 0.30), -side * stream_.uniform(-0.05, 0.03)};
    const Point after = crest + stream_.uniform(0.7, 1.2) * (crest - before);
    const Point end = fovea + Point{-1.15, side * arch * stream_.uniform(0.55, 1.25)};
    const Point towardsEnd = end + Point{stream_.uniform(0.25, 0.45), -side * stream_.uniform(-0.12, 0.12)};
    std::vector<Point> path;
    for (int i = 0; i <= 200; ++i) path.push_back(bezier(root, rise, before, crest, i / 200.0));
    for (int i = 1; i <= 200; ++i) path.push_back(bezier(crest, after, towardsEnd, end, i / 200.0));
    trunk(path, calibre_ * (artery ? stream_.uniform(0.0085, 0.0105) : stream_.uniform(0.0115, 0.0145)),
          artery);
  }

  /// Where the central artery or vein comes out of the cup.
  Point root(bool artery) const {
    return anatomy_.disc.centre + anatomy_.disc.radius * (rootOffset_ + Point{artery ? -0.07 : 0.05, 0});
  }

  void nasalTrunk(double side, bool artery) {
    const Point disc = anatomy_.disc.centre;
    const Point root = this->root(artery);
    const double lean = stream_.uniform(-0.05, 0.45);
    const Point mid = disc + Point{0.06 + 0.3 * lean, side * stream_.uniform(0.30, 0.42)};
    const Point end = disc + Point{lean, side * stream_.uniform(1.0, 1.2)};
    std::vector<Point> path;
    for (int i = 0; i <= 200; ++i) {
      path.push_back(bezier(root, disc + Point{0.04, side * 0.2}, mid, end, i / 200.0));
    }
    trunk(path, calibre_ * (artery ? stream_.uniform(0.0060, 0.0080) : stream_.uniform(0.0080, 0.0105)),
          artery);
  }

  void maculaTwigs() {
    const Point disc = anatomy_.disc.centre;
    const int count = 3 + static_cast<int>(stream_.below(4));
    for (int i = 0; i < count; ++i) {
      const bool temporal = i < 2 || stream_.chance(0.6);
      const double angle = (temporal ? kPi : 0.0) + stream_.uniform(-0.8, 0.8);
      Tip tip;
      tip.at = disc + (anatomy_.disc.radius * 0.35) * Point{std::cos(angle), std::sin(angle)};
      tip.heading = angle;
      tip.radius = calibre_ * stream_.uniform(0.0030, 0.0046);
      tip.artery = stream_.chance(0.5);
      tip.inward = temporal;
      tip.clearance = anatomy_.disc.radius * 1.4;
      tips_.push_back(tip);
    }
  }

  /// Lays a vessel along a smooth path with a meander, and leaves tips for its branches.
  void trunk(const std::vector<Point>& path, double startRadius, bool artery) {
    const double waveLength[3] = {stream_.uniform(0.5, 0.8), stream_.uniform(0.25, 0.4),
                                  stream_.uniform(0.12, 0.2)};
    const double amplitude[3] = {0.016, 0.008, 0.0030};
    const double phase[3] = {stream_.uniform(0, 2 * kPi), stream_.uniform(0, 2 * kPi),
                             stream_.uniform(0, 2 * kPi)};
    Vessel vessel;
    vessel.artery = artery;
    const std::uint16_t id = nextId(artery);
    double travelled = 0;
    double sinceLast = kStep;
    double radius = startRadius;
    double nextBranch = anatomy_.disc.radius * stream_.uniform(1.2, 1.9);
    double branchSide = stream_.chance(0.5) ? 1 : -1;
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      const Point direction = path[i + 1] - path[i];
      const double step = length(direction);
      if (step <= 0) continue;
      travelled += step;
      sinceLast += step;
      if (sinceLast < kStep) continue;
      sinceLast = 0;
      const Point normal = (1 / step) * Point{-direction.y, direction.x};
      double shift = 0;
      for (int k = 0; k < 3; ++k)
        shift += amplitude[k] * std::sin(2 * kPi * travelled / waveLength[k] + phase[k]);
      // Vessels leave the disc straight.
      const Point at = path[i] + (shift * tortuosity_ * std::min(1.0, travelled / 0.35)) * normal;
      if (length(at) > 1.08) break;
      vessel.points.push_back(
          {static_cast<float>(at.x), static_cast<float>(at.y), static_cast<float>(radius)});
      anatomy_.occupied.mark(at, radius, id);
      radius -= startRadius * 0.14 * kStep;
      if (travelled < nextBranch) continue;
      nextBranch = travelled + stream_.uniform(0.09, 0.22);
      branchSide = stream_.chance(0.75) ? -branchSide : branchSide;
      branch(at, std::atan2(direction.y, direction.x), branchSide, radius, artery, id);
    }
    anatomy_.vessels.push_back(std::move(vessel));
  }

  /// Adds a side branch and narrows the parent by Murray's law (cubes of the radii add up).
  void branch(Point at, double heading, double side, double& radius, bool artery, std::uint16_t parent) {
    // Many twigs, few real forks.
    const double ratio = stream_.chance(0.35) ? stream_.uniform(0.60, 0.85) : stream_.uniform(0.28, 0.50);
    const double child = std::max(radius * ratio, std::min(radius * 0.9, 1.1 * kThinnest));
    const double angle = stream_.uniform(0.55, 1.15) * (1.15 - 0.5 * ratio);
    if (child < kThinnest) return;
    Tip tip;
    tip.at = at;
    tip.heading = heading + side * angle;
    tip.radius = child;
    tip.artery = artery;
    const Point to = anatomy_.fovea - at;
    tip.inward = to.x * std::cos(tip.heading) + to.y * std::sin(tip.heading) > 0;
    tip.parent = parent;
    tip.clearance = 3.5 * radius + 0.03;
    tips_.push_back(tip);
    radius *= std::cbrt(1 - 0.8 * ratio * ratio * ratio);
  }

  void growBranch(const Tip& tip) {
    const std::uint16_t id = nextId(tip.artery);
    Vessel vessel;
    vessel.artery = tip.artery;
    std::vector<Point> trail;
    Point at = tip.at;
    double heading = tip.heading;
    double radius = tip.radius;
    double bend = 0;
    double travelled = 0;
    double nextBranch = stream_.uniform(0.07, 0.16);
    double branchSide = stream_.chance(0.5) ? 1 : -1;
    // Thicker branches reach further.
    const double reach = 0.20 + radius * stream_.uniform(55, 100);
    while (true) {
      vessel.points.push_back(
          {static_cast<float>(at.x), static_cast<float>(at.y), static_cast<float>(radius)});
      trail.push_back(at);
      if (travelled > reach || radius < kThinnest * 0.7 || length(at) > 1.06) break;
      const Point toFovea = anatomy_.fovea - at;
      const double foveaDistance = length(toFovea);
      if (foveaDistance < kFovealAvascular * (tip.inward ? 1.0 : 1.3)) break;
      const Point fromDisc = at - anatomy_.disc.centre;
      Point goal = tip.inward ? (1 / foveaDistance) * toFovea : Point{0, 0};
      if (!tip.inward) {
        goal = (1 / std::max(0.05, length(fromDisc))) * fromDisc + (-0.9 / foveaDistance) * toFovea;
      }
      const double wanted = std::atan2(goal.y, goal.x);
      bend = 0.86 * bend + tortuosity_ * stream_.normal() * 2.2;
      heading += kStep * (bend + (tip.inward ? 1.1 : 1.5) * wrapAngle(wanted - heading));
      at = at + kStep * Point{std::cos(heading), std::sin(heading)};
      travelled += kStep;
      radius -= tip.radius * 0.45 * kStep / reach;
      if (travelled > tip.clearance) {
        // Ends before it runs into another vessel; a vein and an artery may cross, thick over thin.
        const Point ahead = at + (0.03 + radius) * Point{std::cos(heading), std::sin(heading)};
        const std::uint16_t met = anatomy_.occupied.at(ahead);
        if (met != 0 && met != id) {
          const bool mayCross = isArtery(met) != tip.artery && radius > 0.0045 && stream_.chance(0.6);
          if (!mayCross) break;
        }
      }
      if (travelled < nextBranch) continue;
      nextBranch = travelled + stream_.uniform(0.08, 0.20);
      branchSide = stream_.chance(0.8) ? -branchSide : branchSide;
      branch(at, heading, branchSide, radius, tip.artery, id);
    }
    // A stub would look cut off.
    if (travelled < kShortest) return;
    taper(vessel);
    // Marked at the end: the first points still lie on the parent.
    for (std::size_t i = 0; i < trail.size(); ++i)
      anatomy_.occupied.mark(trail[i], vessel.points[i].radius, id);
    anatomy_.vessels.push_back(std::move(vessel));
  }

  /// Thins the last part, as a vessel that was stopped early would end bluntly.
  static void taper(Vessel& vessel) {
    const auto total = vessel.points.size();
    const std::size_t part = total * 3 / 5;
    for (std::size_t i = total - part; i < total; ++i) {
      const float along = static_cast<float>(i + part - total) / static_cast<float>(part);
      float& radius = vessel.points[i].radius;
      radius = std::min(radius, radius + (static_cast<float>(0.7 * kThinnest) - radius) * along);
    }
  }

  std::uint16_t nextId(bool artery) {
    arteryOf_.push_back(artery);
    return static_cast<std::uint16_t>(arteryOf_.size() - 1);
  }
  bool isArtery(std::uint16_t id) const { return arteryOf_[id]; }

  FundusAnatomy& anatomy_;
  RandomStream stream_;
  double tortuosity_ = 1;
  double calibre_ = 1;
  Point rootOffset_;  // in disc radii
  std::deque<Tip> tips_;
  std::vector<bool> arteryOf_ = {false};
};

}  // namespace

OccupancyGrid::OccupancyGrid() : cells_(static_cast<std::size_t>(kSide) * kSide) {
}

std::uint16_t OccupancyGrid::at(Point p) const {
  const int i = cell(p.x);
  const int j = cell(p.y);
  if (i < 0 || j < 0 || i >= kSide || j >= kSide) return 0;
  return cells_[static_cast<std::size_t>(j) * kSide + i];
}

bool OccupancyGrid::near(Point p, double distance) const {
  for (int j = std::max(0, cell(p.y - distance)); j <= std::min(kSide - 1, cell(p.y + distance)); ++j) {
    for (int i = std::max(0, cell(p.x - distance)); i <= std::min(kSide - 1, cell(p.x + distance)); ++i) {
      if (cells_[static_cast<std::size_t>(j) * kSide + i] != 0) return true;
    }
  }
  return false;
}

void OccupancyGrid::mark(Point p, double radius, std::uint16_t id) {
  for (int j = std::max(0, cell(p.y - radius)); j <= std::min(kSide - 1, cell(p.y + radius)); ++j) {
    for (int i = std::max(0, cell(p.x - radius)); i <= std::min(kSide - 1, cell(p.x + radius)); ++i) {
      cells_[static_cast<std::size_t>(j) * kSide + i] = id;
    }
  }
}

FundusAnatomy growAnatomy(const RandomStream& eye) {
  FundusAnatomy anatomy;
  RandomStream shape = eye.child("disc and fovea");
  anatomy.fovea = {shape.uniform(-0.16, 0.0), shape.uniform(-0.05, 0.07)};
  const double distance = shape.uniform(0.66, 0.78);
  OpticDisc& disc = anatomy.disc;
  disc.centre = anatomy.fovea + Point{distance, -distance * shape.uniform(0.02, 0.14)};
  disc.radius = distance * shape.uniform(0.175, 0.215);
  disc.elongation = shape.uniform(1.0, 1.16);
  disc.tilt = shape.uniform(-0.3, 0.3);
  disc.cupRatio = shape.uniform(0.25, 0.55);
  disc.cupOffset = {shape.uniform(-0.16, 0.06), shape.uniform(-0.08, 0.08)};
  for (auto& harmonic : disc.wobble) {
    for (double& amplitude : harmonic) amplitude = 0.012 * shape.normal();
  }
  VesselTree(anatomy, eye.child("vessels")).grow();
  return anatomy;
}

std::vector<Vessel> growTuft(Point centre, double radius, RandomStream& stream) {
  constexpr double kTuftStep = 0.006;
  std::vector<Vessel> tuft;
  // Fine vessels that wander from a few stems, fork and turn back at the rim: a lacy net.
  const int stems = 9 + static_cast<int>(stream.below(6));
  std::vector<Point> starts;
  for (int stem = 0; stem < stems; ++stem) {
    const bool fork = stem > 3 && !starts.empty();
    const double around = stream.uniform(0, 2 * kPi);
    Point at = fork ? starts[stream.below(starts.size())]
                    : centre + (0.2 * radius * stream.uniform()) * Point{std::cos(around), std::sin(around)};
    double heading = stream.uniform(0, 2 * kPi);
    double bend = 0;
    Vessel vessel;
    const int steps = 14 + static_cast<int>(radius / kTuftStep * stream.uniform(0.7, 1.9));
    const double thick = stream.uniform(0.0028, 0.0046);
    for (int i = 0; i < steps; ++i) {
      const double thickness = thick * (1 - 0.5 * i / steps);
      vessel.points.push_back(
          {static_cast<float>(at.x), static_cast<float>(at.y), static_cast<float>(thickness)});
      if (i % 6 == 5) starts.push_back(at);
      bend = 0.66 * bend + 20 * stream.normal();
      const Point out = at - centre;
      const double rim = length(out) / radius;
      if (rim > 0.7) bend += (rim - 0.7) * 60 * wrapAngle(std::atan2(-out.y, -out.x) - heading);
      heading += kTuftStep * bend;
      at = at + kTuftStep * Point{std::cos(heading), std::sin(heading)};
    }
    tuft.push_back(std::move(vessel));
  }
  return tuft;
}

}  // namespace medlocker::data::synthetic
