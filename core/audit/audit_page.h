// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "core/audit/audit_result.h"
#include "core/audit/report/picture.h"

namespace medlocker::audit {

/// A small picture of a sample by its id; may answer one with an empty dataUri, which is then left out.
using PictureSource = std::function<report::Picture(const std::string& sampleId)>;

/// report.html: self-contained, without times or dates, so that the same audit gives the same bytes.
/// `pictures` may be empty.
std::string auditPage(const AuditResult& result, const PictureSource& pictures);

/// Side-by-side page of several audits, for `compare`. Throws nothing but what allocation throws.
std::string comparisonPage(const std::vector<AuditResult>& audits,
                           const std::vector<ModelComparison>& comparisons);

}  // namespace medlocker::audit
