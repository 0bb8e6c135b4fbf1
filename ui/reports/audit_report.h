// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <functional>

#include "core/pipelines/audit_models.h"
#include "ui/reports/pdf_document.h"

namespace medlocker::ui {

/// What an audit found, in sentences, in the window's language.
QStringList auditInWords(const audit::AuditResult& result);
/// What the figures do not say.
QStringList auditLimits();

/// Fetches a small picture of an image by id; a null one is left out.
using PictureOf = std::function<QImage(const std::string& id)>;

/// A report for people: title page, summary in words, charts, tables, method, limits. Throws Error naming
/// the file.
void writeAuditPdf(const audit::AuditResult& result, const PictureOf& pictures, Paper paper,
                   const QString& file);

}  // namespace medlocker::ui
