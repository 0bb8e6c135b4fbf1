// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/common/json.h"

namespace medlocker::test {

/// Where `value` is not what the JSON Schema says, one line each; empty: it fits. Knows the keywords that our
/// schemas use: type, const, enum, properties, required, additionalProperties, items, minItems, maxItems,
/// minimum, maximum, exclusiveMinimum, pattern, anyOf, $ref to "#/$defs/…". Any other keyword that could
/// refuse something is itself a line, so that no rule is skipped unseen.
std::vector<std::string> schemaViolations(const Json& value, const Json& schema);

/// docs/schema/<name>-1.schema.json. Throws when it is missing or not JSON.
Json publishedSchema(const std::string& name);

/// The violations of the published schema as one text, for EXPECT_EQ(…, "").
std::string violationsOf(const Json& value, const std::string& schemaName);

}  // namespace medlocker::test
