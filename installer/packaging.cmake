# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` puts where, and the .deb and .tar.gz that CPack makes of it:
#
#   bin/                 medlocker, medlocker-studio
#   lib/medlocker/       the CPU part of LibTorch, found through $ORIGIN; the packages carry it
#   share/medlocker/     logos, translations
#   share/man, share/bash-completion
#   share/applications, share/metainfo, share/mime, share/icons
#   share/doc/medlocker/ guides, schemas, licences
#
# installer/make-packages builds what is installed, runs CPack and checks the packages.
set(_studio "")
if(TARGET medlocker-studio)
  set(_studio medlocker-studio)
endif()
# One place for every distribution: nothing else may link against these.
set(_private_libs "lib/medlocker")
set_target_properties(medlocker ${_studio} PROPERTIES INSTALL_RPATH "$ORIGIN/../${_private_libs}")
install(TARGETS medlocker ${_studio} RUNTIME DESTINATION bin)

# libgomp under a name with a hash is LibTorch's own; libgomp.so.1 is the distribution's.
file(GLOB _own_gomp "${LibTorch_LIBRARY_DIR}/libgomp-*.so.1")
foreach(_lib IN ITEMS "${LibTorch_CPU_LIBRARY}" "${LibTorch_C10_LIBRARY}" ${_own_gomp})
  # A link is followed: the name stays, the content comes along. Nothing is stripped: the layout that the makers' tools leave
  # does not survive `strip`.
  get_filename_component(_real "${_lib}" REALPATH)
  get_filename_component(_name "${_lib}" NAME)
  install(FILES "${_real}" DESTINATION "${_private_libs}" RENAME "${_name}")
endforeach()

set(_stand_ins "")
foreach(_cuda IN ITEMS cudart cupti)
  if(LibTorch_lib${_cuda}_so_13)
    set(_map "${PROJECT_BINARY_DIR}/without_cuda/${_cuda}.map")
    file(CONFIGURE OUTPUT "${_map}" CONTENT "lib${_cuda}.so.13 { global: *; };\n")
    add_library(medlocker_without_${_cuda} SHARED "${PROJECT_SOURCE_DIR}/installer/without_cuda/${_cuda}.c")
    set_target_properties(medlocker_without_${_cuda} PROPERTIES OUTPUT_NAME ${_cuda} VERSION 13 SOVERSION 13
      LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/without_cuda")
    target_link_options(medlocker_without_${_cuda} PRIVATE "LINKER:--version-script=${_map}")
    install(TARGETS medlocker_without_${_cuda} LIBRARY DESTINATION "${_private_libs}" NAMELINK_SKIP)
    list(APPEND _stand_ins medlocker_without_${_cuda})
  endif()
endforeach()

set(_docs share/doc/medlocker)
install(DIRECTORY resources/logos DESTINATION share/medlocker FILES_MATCHING PATTERN "*.png" PATTERN "*.svg")
install(FILES "${PROJECT_BINARY_DIR}/share/man/man1/medlocker.1" DESTINATION share/man/man1)
install(FILES "${PROJECT_BINARY_DIR}/share/bash-completion/completions/medlocker" DESTINATION share/bash-completion/completions)
install(FILES CHANGELOG.md installer/copyright installer/runtime-packages.txt DESTINATION "${_docs}")
install(DIRECTORY LICENSES DESTINATION "${_docs}")
install(DIRECTORY docs/user-guide docs/schema docs/images DESTINATION "${_docs}" PATTERN original-and-protected.png EXCLUDE)
install(FILES docs/methods.md docs/parity.md docs/performance.md docs/results-protection.md DESTINATION "${_docs}")
# Where installer/bootstrap, PyTorch's package for Python, or the archive of LibTorch keep them.
foreach(_text IN ITEMS LICENSE NOTICE)
  file(GLOB _found "${LibTorch_LIBRARY_DIR}/../../licenses/${_text}" "${LibTorch_LIBRARY_DIR}/../../torch-2.*.dist-info/licenses/${_text}"
       "${LibTorch_LIBRARY_DIR}/../${_text}")
  if(_found)
    list(GET _found 0 _found)
    install(FILES "${_found}" DESTINATION "${_docs}/libtorch")
  endif()
endforeach()

if(_studio)
  foreach(_language IN ITEMS en zh_CN)
    install(FILES "${PROJECT_BINARY_DIR}/share/medlocker/translations/medlocker_${_language}.qm"
            DESTINATION share/medlocker/translations)
  endforeach()
  install(FILES resources/linux/medlocker-studio.1 DESTINATION share/man/man1)
  install(FILES resources/linux/org.medlocker.Studio.desktop DESTINATION share/applications)
  install(FILES resources/linux/org.medlocker.Studio.metainfo.xml DESTINATION share/metainfo)
  install(FILES resources/linux/org.medlocker.Studio.mime.xml DESTINATION share/mime/packages RENAME org.medlocker.Studio.xml)
  foreach(_size IN ITEMS 16 22 24 32 48 64 128 256 512)
    install(FILES "resources/icons/${_size}x${_size}/org.medlocker.Studio.png"
            DESTINATION "share/icons/hicolor/${_size}x${_size}/apps")
  endforeach()
  install(FILES resources/icons/scalable/org.medlocker.Studio.svg DESTINATION share/icons/hicolor/scalable/apps)
endif()

add_custom_target(medlocker_installed)
add_dependencies(medlocker_installed medlocker ${_studio} ${_stand_ins} medlocker_generated_docs)

set(CPACK_PACKAGE_NAME medlocker)
set(CPACK_PACKAGE_VENDOR "MedLocker authors")
set(CPACK_PACKAGE_CONTACT "MedLocker authors <medlocker@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Protect, certify and restore retinal image datasets")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
string(TOLOWER "medlocker-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" CPACK_PACKAGE_FILE_NAME)
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 2)
# The umask of whoever makes the package is not the package's business.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
  "Places a visible logo on the images of a dataset where diagnosis models fail and no lesion is covered, writes a certified
copy of the dataset, and gives an authorised reader every original sample back. Audits and trains diagnosis models too.
The command is medlocker, the window medlocker-studio. The package carries the CPU part of LibTorch.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${LibTorch_RUNTIME_DIRS})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# As small as gzip makes it or smaller, in a fraction of the time; the dpkg of Debian 12 reads it.
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
if(_studio)
  # Qt opens its platform plugins by name, so dpkg-shlibdeps does not see them.
  set(CPACK_DEBIAN_PACKAGE_DEPENDS qt6-qpa-plugins)
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "hicolor-icon-theme, qt6-translations-l10n")
  set(CPACK_DEBIAN_PACKAGE_SUGGESTS "fonts-noto-cjk, qt6-wayland")
endif()
include(CPack)
