# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` puts where, and the .deb and .tar.gz that CPack makes of it:
#
#   bin/                 medlocker, medlocker-studio
#   lib/medlocker/       the CPU part of LibTorch, found through $ORIGIN; the packages carry it
#   share/medlocker/     logos, icons, translations
#   share/applications, share/metainfo, share/mime, share/icons
#
# `cmake --build build/release --target package`, or installer/make-packages, which checks them too.
set(_studio "")
if(TARGET medlocker-studio)
  set(_studio medlocker-studio)
endif()
# One place for every distribution: nothing else may link against these.
set(_private_libs "lib/medlocker")
set_target_properties(medlocker ${_studio} PROPERTIES INSTALL_RPATH "$ORIGIN/../${_private_libs}")
install(TARGETS medlocker ${_studio} RUNTIME DESTINATION bin)

set(_torch_libs "${LibTorch_CPU_LIBRARY}" "${LibTorch_C10_LIBRARY}")
foreach(_name IN ITEMS libgomp.so.1 libgomp-a34b3233.so.1)
  if(EXISTS "${LibTorch_LIBRARY_DIR}/${_name}")
    list(APPEND _torch_libs "${LibTorch_LIBRARY_DIR}/${_name}")
  endif()
endforeach()
foreach(_var IN ITEMS LibTorch_libcudart_so_13 LibTorch_libcupti_so_13)
  if(${_var})
    list(APPEND _torch_libs "${${_var}}")
  endif()
endforeach()
foreach(_lib IN LISTS _torch_libs)
  # A link is followed: the name stays, the content comes along.
  get_filename_component(_real "${_lib}" REALPATH)
  get_filename_component(_name "${_lib}" NAME)
  install(PROGRAMS "${_real}" DESTINATION "${_private_libs}" RENAME "${_name}")
endforeach()

install(DIRECTORY resources/logos DESTINATION share/medlocker FILES_MATCHING PATTERN "*.png" PATTERN "*.svg")
install(DIRECTORY LICENSES DESTINATION share/doc/medlocker)
install(FILES README.md CHANGELOG.md DESTINATION share/doc/medlocker)
if(_studio)
  foreach(_language IN ITEMS en zh_CN)
    install(FILES "${PROJECT_BINARY_DIR}/share/medlocker/translations/medlocker_${_language}.qm"
            DESTINATION share/medlocker/translations)
  endforeach()
  install(FILES resources/linux/org.medlocker.Studio.desktop DESTINATION share/applications)
  install(FILES resources/linux/org.medlocker.Studio.metainfo.xml DESTINATION share/metainfo)
  install(FILES resources/linux/org.medlocker.Studio.mime.xml DESTINATION share/mime/packages RENAME org.medlocker.Studio.xml)
  foreach(_size IN ITEMS 16 22 24 32 48 64 128 256 512)
    install(FILES "resources/icons/${_size}x${_size}/org.medlocker.Studio.png"
            DESTINATION "share/icons/hicolor/${_size}x${_size}/apps")
  endforeach()
  install(FILES resources/icons/scalable/org.medlocker.Studio.svg DESTINATION share/icons/hicolor/scalable/apps)
endif()

set(CPACK_PACKAGE_NAME medlocker)
set(CPACK_PACKAGE_VENDOR "MedLocker authors")
set(CPACK_PACKAGE_CONTACT "MedLocker authors <medlocker@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Protect, certify and restore retinal image datasets")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 2)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${LibTorch_RUNTIME_DIRS})
set(CPACK_DEBIAN_COMPRESSION_TYPE gzip)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "qt6-translations-l10n")
include(CPack)
