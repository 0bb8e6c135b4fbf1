// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/data/field_of_view.h"
#include "core/data/image.h"
#include "core/data/preprocess.h"
#include "core/models/classifier.h"

namespace medlocker::pipelines {

/// A picture as models and detectors see it.
struct PictureView {
  data::FloatImage view;
  data::FieldOfView fov;
};
/// Display window and field of view computed anew from the samples, as for any file.
PictureView pictureView(const data::Image& image);
PictureView pictureView(data::FloatImage view);

/// The square input of a model. `profile` replaces the model's own preprocessing.
data::FloatImage modelInput(const models::Classifier& model, const PictureView& picture,
                            std::optional<data::PreprocessProfile> profile = std::nullopt);

/// What one model says about one picture.
struct ViewPrediction {
  int predicted = -1;
  std::vector<double> probabilities;  ///< per class
  std::vector<float> outputs;         ///< raw, for comparing bit for bit
};

/// Float32 predictions of a model for its inputs, in order; the result for one does not depend on the others.
/// Throws Error(InputRejected) naming the model when it answers with values that are not finite.
std::vector<ViewPrediction> predictInputs(const models::Classifier& model,
                                          const std::vector<const data::FloatImage*>& inputs);

/// Mean of the class probabilities of several views of one picture, and the class where it is largest.
ViewPrediction averageViews(const std::vector<ViewPrediction>& views);

}  // namespace medlocker::pipelines
