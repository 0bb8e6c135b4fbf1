# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0

# Flags every target of ours is compiled with. An interface target, so nothing leaks into foreign code.
add_library(medlocker_flags INTERFACE)
target_compile_features(medlocker_flags INTERFACE cxx_std_20)
target_include_directories(medlocker_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(medlocker_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  -Woverloaded-virtual -Wno-missing-field-initializers)
# GCC 12 reports impossible overlaps in std::string concatenation (GCC bug 105329).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(medlocker_flags INTERFACE -Wno-restrict)
endif()
if(MEDLOCKER_WERROR)
  target_compile_options(medlocker_flags INTERFACE -Werror)
endif()
# Signed overflow and fused multiply-adds must not make results differ between machines.
target_compile_options(medlocker_flags INTERFACE -ffp-contract=off)
# LibTorch takes a quarter of a second to load; programs that call nothing of it should not wait for it. The C++
# library comes first, because libtorch_cpu exports parts of one too and would be taken for those.
target_link_options(medlocker_flags INTERFACE LINKER:--no-as-needed,-lstdc++ LINKER:--as-needed)
# lld, where there is one: several times faster, and GNU ld would keep LibTorch for the LAPACK that OpenCV refers to.
find_program(MEDLOCKER_LLD ld.lld)
mark_as_advanced(MEDLOCKER_LLD)
if(MEDLOCKER_LLD)
  target_link_options(medlocker_flags INTERFACE -fuse-ld=lld)
endif()
if(MEDLOCKER_SANITIZE)
  target_compile_options(medlocker_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(medlocker_flags INTERFACE -fsanitize=address,undefined)
endif()
if(MEDLOCKER_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "libFuzzer needs clang: use the preset `fuzz`.")
  endif()
  target_compile_options(medlocker_flags INTERFACE -g1 -fsanitize=fuzzer-no-link,address,undefined
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  target_link_options(medlocker_flags INTERFACE -fsanitize=address,undefined)
endif()
if(MEDLOCKER_TSAN)
  target_compile_options(medlocker_flags INTERFACE -fsanitize=thread)
  target_link_options(medlocker_flags INTERFACE -fsanitize=thread)
endif()

# torch/torch.h costs many seconds per file, so one precompiled header serves every target marked TORCH.
add_library(medlocker_torch_pch STATIC "${PROJECT_SOURCE_DIR}/cmake/torch_pch.cpp")
target_link_libraries(medlocker_torch_pch PUBLIC medlocker_flags LibTorch::LibTorch)
target_precompile_headers(medlocker_torch_pch PRIVATE "${PROJECT_SOURCE_DIR}/cmake/torch_pch.h")

# medlocker_includes_torch(FILE OUT) - whether a file includes a header of torch/, itself or through headers of ours.
function(medlocker_includes_torch file out)
  get_property(_known GLOBAL PROPERTY "medlocker_includes_torch:${file}")
  if("${_known}" STREQUAL "")
    set_property(GLOBAL PROPERTY "medlocker_includes_torch:${file}" 0)  # ends circles
    set(_known 0)
    file(STRINGS "${file}" _lines REGEX "^#include [<\"](torch/|core/|tests/|ui/)")
    foreach(_line IN LISTS _lines)
      if(_line MATCHES "[<\"](torch/)")
        set(_known 1)
        break()
      elseif(_line MATCHES "\"([^\"]+)\"" AND EXISTS "${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1}")
        medlocker_includes_torch("${PROJECT_SOURCE_DIR}/${CMAKE_MATCH_1}" _inner)
        if(_inner)
          set(_known 1)
          break()
        endif()
      endif()
    endforeach()
    set_property(GLOBAL PROPERTY "medlocker_includes_torch:${file}" ${_known})
  endif()
  set(${out} ${_known} PARENT_SCOPE)
endfunction()

# medlocker_use_torch(TARGET) - links LibTorch; the sources that include it are compiled with the shared precompiled header.
# The others are not: GCC instantiates in every file the templates that the precompiled header has used, so the header makes
# a file without LibTorch take 25 s of processor time instead of 10 (and one with it 22 instead of 45).
function(medlocker_use_torch target)
  get_target_property(_type ${target} TYPE)
  get_target_property(_sources ${target} SOURCES)
  foreach(_source IN LISTS _sources)
    cmake_path(ABSOLUTE_PATH _source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" OUTPUT_VARIABLE _path)
    medlocker_includes_torch("${_path}" _torch)
    if(NOT _torch)
      set_source_files_properties("${_source}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
    endif()
  endforeach()
  if(_type STREQUAL "EXECUTABLE")
    target_link_libraries(${target} PRIVATE LibTorch::LibTorch)
    # CMake would compile executables with -fPIE, which GCC refuses to combine with a header precompiled with -fPIC.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  else()
    target_link_libraries(${target} PUBLIC LibTorch::LibTorch)
  endif()
  target_precompile_headers(${target} REUSE_FROM medlocker_torch_pch)
endfunction()

# medlocker_add_module(NAME [TORCH] SOURCES … [PUBLIC libs…] [PRIVATE libs…])
# One folder of core = one static library medlocker_NAME with the alias medlocker::NAME.
function(medlocker_add_module name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(medlocker_${name} STATIC ${ARG_SOURCES})
  add_library(medlocker::${name} ALIAS medlocker_${name})
  target_link_libraries(medlocker_${name} PUBLIC medlocker_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  if(ARG_TORCH)
    medlocker_use_torch(medlocker_${name})
  endif()
endfunction()

# medlocker_add_test(NAME [TORCH] [WHOLE] [LABELS …] SOURCES … LIBS … [TIMEOUT s])
# One GoogleTest binary per module; every test case becomes a ctest test carrying the given labels. WHOLE: the binary is one
# ctest test, for suites whose cases share a costly set-up.
function(medlocker_add_test name)
  cmake_parse_arguments(ARG "TORCH;WHOLE" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 900)
  endif()
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE medlocker_flags ${ARG_LIBS} medlocker::test_support GTest::gmock GTest::gtest)
  target_compile_definitions(${name} PRIVATE
    MEDLOCKER_SOURCE_DIR="${PROJECT_SOURCE_DIR}" MEDLOCKER_BINARY_DIR="${PROJECT_BINARY_DIR}")
  if(ARG_TORCH)
    medlocker_use_torch(${name})
  endif()
  if(ARG_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT "OMP_NUM_THREADS=1;OMP_WAIT_POLICY=passive")
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  # gtest_discover_tests keeps only the first of several labels, so they are set by a file that ctest reads next.
  # Tests run side by side: OpenMP threads that spin at barriers would take the cores from one another (measured: eight
  # times slower). One thread each; tests about threads set their number themselves.
  set(_labels_file "${CMAKE_CURRENT_BINARY_DIR}/${name}_labels.cmake")
  file(CONFIGURE OUTPUT "${_labels_file}" @ONLY CONTENT
    "if(@name@_TESTS)\n  set_tests_properties(\${@name@_TESTS} PROPERTIES LABELS \"@ARG_LABELS@\" ENVIRONMENT \"OMP_NUM_THREADS=1;OMP_WAIT_POLICY=passive\")\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${_labels_file}")
endfunction()
