// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
#include "core/data/loaders/dataset_tree.h"

#include <algorithm>
#include <array>
#include <fstream>

#include "core/common/files.h"
#include "core/data/csv.h"
#include "core/data/image_io.h"

namespace medlocker::data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFiles = 5'000'000;
constexpr int kMaxDepth = 64;

std::string extensionOf(std::string_view name) {
  const std::string_view base = baseNameOf(name);
  const std::size_t dot = base.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string{} : lowerAscii(base.substr(dot));
}

bool isForeignImageExtension(std::string_view extension) {
  static constexpr std::array<std::string_view, 9> kForeign{".gif",  ".ppm",  ".pgm", ".pnm", ".heic",
                                                            ".heif", ".avif", ".jxl", ".j2k"};
  return std::find(kForeign.begin(), kForeign.end(), extension) != kForeign.end();
}

bool startsAsDicom(const fs::path& path) {
  std::array<char, 132> head{};
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), head.size());
  return in.gcount() == static_cast<std::streamsize>(head.size()) &&
         std::string_view(&head[128], 4) == "DICM";
}

/// By name alone.
FileKind kindByName(std::string_view name) {
  const std::string extension = extensionOf(name);
  switch (formatOfExtension(fs::path(name))) {
    case FileFormat::Png:
    case FileFormat::Jpeg:
    case FileFormat::Tiff:
    case FileFormat::Bmp:
    case FileFormat::Webp:
    case FileFormat::Jpeg2000:
      return isImageExtension(fs::path(name)) ? FileKind::Image : FileKind::UnsupportedImage;
    case FileFormat::Dicom:
      return FileKind::Dicom;
    case FileFormat::Npz:
      return FileKind::Npz;
    case FileFormat::Unknown:
      break;
  }
  if (isForeignImageExtension(extension)) return FileKind::UnsupportedImage;
  if (extension == ".csv" || extension == ".txt") return FileKind::Table;
  return FileKind::Other;
}

/// Files of DICOM media often have no extension, or a number for one, so their first bytes decide.
bool mayBeUnnamedDicom(std::string_view name) {
  const std::string extension = extensionOf(name);
  return extension.empty() ||
         std::all_of(extension.begin() + 1, extension.end(), [](char c) { return c >= '0' && c <= '9'; });
}

class Scanner {
 public:
  Scanner(const fs::path& root, const fs::path& leaveOut) : leaveOut_(leaveOut) {
    std::error_code error;
    tree_.root = fs::canonical(root, error);
    if (error) throw Error(ErrorCode::NotFound, "does not exist", root.string());
    if (!fs::is_directory(tree_.root))
      throw Error(ErrorCode::InputRejected, "is not a folder", root.string());
    if (!leaveOut.empty()) leaveOut_ = fs::weakly_canonical(leaveOut);
  }

  DatasetTree scan() {
    scanFolder(tree_.root, "", 0);
    std::sort(tree_.files.begin(), tree_.files.end(),
              [](const TreeFile& a, const TreeFile& b) { return a.name < b.name; });
    std::sort(tree_.refused.begin(), tree_.refused.end(),
              [](const ItemIssue& a, const ItemIssue& b) { return a.item < b.item; });
    if (folderLinks_ > 0)
      tree_.notices.push_back(std::to_string(folderLinks_) + " links to folders were not followed");
    return std::move(tree_);
  }

 private:
  void scanFolder(const fs::path& folder, const std::string& prefix, int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorCode::InputRejected, "folders are nested too deeply", printable(prefix));
    std::error_code error;
    fs::directory_iterator at(folder, error);
    if (error) {
      if (depth == 0) throw Error(ErrorCode::Io, "cannot be listed: " + error.message(), folder.string());
      refuse(prefix, "the folder cannot be listed: " + error.message());
      return;
    }
    for (; at != fs::directory_iterator{}; at.increment(error)) {
      visit(*at, prefix, depth);
      if (error) throw Error(ErrorCode::Io, "cannot be listed: " + error.message(), folder.string());
    }
  }

  void visit(const fs::directory_entry& entry, const std::string& prefix, int depth) {
    const std::string base = entry.path().filename().string();
    const std::string name = prefix.empty() ? base : prefix + "/" + base;
    std::error_code error;
    // What the listing says already, without a look at each file.
    const fs::file_type type = entry.is_symlink(error)        ? fs::file_type::symlink
                               : entry.is_directory(error)    ? fs::file_type::directory
                               : entry.is_regular_file(error) ? fs::file_type::regular
                                                              : fs::file_type::unknown;
    if (type == fs::file_type::directory) {
      if (base == "__MACOSX" || (!leaveOut_.empty() && entry.path() == leaveOut_)) return;
      // A hidden folder holds no data of the set: version control, editors, file managers.
      if (base.front() != '.') scanFolder(entry.path(), name, depth + 1);
      return;
    }
    if (type == fs::file_type::symlink) {
      visitLink(entry, name);
      return;
    }
    if (type != fs::file_type::regular) {
      if (looksLikeData(name)) refuse(name, "is not a regular file");
      return;
    }
    add(name, entry.path());
  }

  void visitLink(const fs::directory_entry& entry, const std::string& name) {
    std::error_code error;
    const fs::path target = fs::canonical(entry.path(), error);
    if (error) {
      refuse(name, "is a link to nothing");
    } else if (!isInside(target, tree_.root)) {
      refuse(name, "is a link that leads out of the dataset; it was not followed");
    } else if (fs::is_directory(target)) {
      ++folderLinks_;  // what it points to is listed in its own place
    } else if (!fs::is_regular_file(target)) {
      if (looksLikeData(name)) refuse(name, "is not a regular file");
    } else {
      add(name, entry.path());
    }
  }

  void add(const std::string& name, const fs::path& path) {
    const bool data = looksLikeData(name);
    if (baseNameOf(name).front() == '.') {
      if (data) refuse(name, "is a hidden file; it was not read");
      return;
    }
    if (const std::string problem = problemOfName(name); !problem.empty()) {
      if (data || kindByName(name) == FileKind::Table) refuse(name, problem);
      return;
    }
    if (tree_.files.size() >= kMaxFiles)
      throw Error(ErrorCode::InputRejected, "the folder holds too many files", tree_.root.string());
    TreeFile file{name, kindByName(name)};
    if (file.kind == FileKind::Other && mayBeUnnamedDicom(name) && startsAsDicom(path))
      file.kind = FileKind::Dicom;
    tree_.files.push_back(std::move(file));
  }

  /// Names travel through label files, JSON and outputs, so those that cannot are refused here.
  std::string problemOfName(const std::string& name) const {
    if (!isUtf8(name)) return "its name is not valid UTF-8";
    try {
      safeJoin(tree_.root, name);
    } catch (const Error& problem) {
      return problem.message();
    }
    return {};
  }

  static bool looksLikeData(std::string_view name) {
    const FileKind kind = kindByName(name);
    return kind != FileKind::Other && kind != FileKind::Table;
  }

  void refuse(const std::string& name, const std::string& reason) {
    tree_.refused.push_back({printable(name), reason, true});
  }

  DatasetTree tree_;
  fs::path leaveOut_;
  std::size_t folderLinks_ = 0;
};

}  // namespace

std::vector<std::size_t> DatasetTree::below(std::string_view folder) const {
  std::vector<std::size_t> found;
  const std::string prefix = folder.empty() ? std::string{} : std::string(folder) + "/";
  auto at = std::lower_bound(files.begin(), files.end(), prefix,
                             [](const TreeFile& file, const std::string& key) { return file.name < key; });
  for (; at != files.end() && std::string_view(at->name).starts_with(prefix); ++at)
    found.push_back(static_cast<std::size_t>(at - files.begin()));
  return found;
}

std::optional<std::size_t> DatasetTree::find(std::string_view name) const {
  const auto at =
      std::lower_bound(files.begin(), files.end(), name,
                       [](const TreeFile& file, std::string_view key) { return file.name < key; });
  if (at == files.end() || at->name != name) return std::nullopt;
  return static_cast<std::size_t>(at - files.begin());
}

std::optional<std::size_t> DatasetTree::findIgnoringCase(std::string_view name) const {
  const std::string wanted = lowerAscii(name);
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].name.size() != wanted.size() || lowerAscii(files[i].name) != wanted) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

DatasetTree scanFolder(const fs::path& root, const fs::path& leaveOut) {
  return Scanner(root, leaveOut).scan();
}

DatasetTree treeOfFile(const fs::path& file) {
  DatasetTree tree;
  std::error_code error;
  const fs::path full = fs::canonical(file, error);
  if (error) throw Error(ErrorCode::NotFound, "does not exist", file.string());
  if (!fs::is_regular_file(full))
    throw Error(ErrorCode::InputRejected, "is not a regular file", file.string());
  tree.root = full.parent_path();
  tree.onlyFile = full.filename().string();
  if (!isUtf8(tree.onlyFile))
    throw Error(ErrorCode::InputRejected, "its name is not valid UTF-8", file.string());
  safeJoin(tree.root, tree.onlyFile);
  tree.files.push_back({tree.onlyFile, kindByName(tree.onlyFile)});
  if (tree.files.back().kind == FileKind::Other && mayBeUnnamedDicom(tree.onlyFile) && startsAsDicom(full))
    tree.files.back().kind = FileKind::Dicom;
  return tree;
}

std::string_view folderOf(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : name.substr(0, slash);
}
std::string_view baseNameOf(std::string_view name) {
  const std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}
std::string_view withoutImageExtension(std::string_view name) {
  const FileKind kind = kindByName(name);
  if (kind != FileKind::Image && kind != FileKind::UnsupportedImage && kind != FileKind::Dicom) return name;
  return name.substr(0, name.rfind('.'));
}
std::string_view topFolderOf(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view{} : name.substr(0, slash);
}

}  // namespace medlocker::data
