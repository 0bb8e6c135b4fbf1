// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/picture_pair.h"

#include <QFileInfo>
#include <QVBoxLayout>

#include "ui/widgets/before_after_view.h"

namespace medlocker::ui {
namespace {

constexpr int kSide = 900;

}  // namespace

PicturePair::PicturePair(AppState& state, QWidget* parent)
    : QWidget(parent), state_(state), view_(new BeforeAfterView) {
  pool_.setMaxThreadCount(1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view_);
}

PicturePair::~PicturePair() {
  pool_.waitForDone();
}

void PicturePair::clear(const QString& message) {
  ++wanted_;
  view_->clear(message);
}

void PicturePair::setDivider(double share) {
  view_->setDivider(share);
}

void PicturePair::show(const QString& sample, const QString& file) {
  const auto browser = state_.browser();
  if (!browser) return;
  const quint64 request = ++wanted_;
  pool_.clear();
  pool_.start([this, browser, id = sample.toStdString(), file, request] {
    QImage before;
    QImage after;
    QString failure;
    try {
      if (const auto index = browser->dataset().indexOf(id))
        before = toQImage(browser->preview(*index, kSide));
      if (!file.isEmpty() && QFileInfo::exists(file))
        after = toQImage(pipelines::previewOfFile(toPath(file), kSide));
    } catch (...) {
      failure = describeCurrentException();
    }
    QMetaObject::invokeMethod(
        this,
        [this, before, after, failure, request] {
          if (request != wanted_) return;
          if (before.isNull() && after.isNull())
            view_->clear(failure.isEmpty() ? tr("No picture") : failure);
          else
            view_->setPictures(before, after);
        },
        Qt::QueuedConnection);
  });
}

}  // namespace medlocker::ui
