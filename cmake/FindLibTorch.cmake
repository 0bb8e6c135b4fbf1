# SPDX-FileCopyrightText: 2026 MedLocker authors
# SPDX-License-Identifier: Apache-2.0
#
# Finds the CPU part of LibTorch and makes the imported target LibTorch::LibTorch.
#
# The wheel's own TorchConfig.cmake insists on every CUDA library at configure time. MedLocker links only
# libtorch_cpu and libc10 and opens libtorch_cuda at run time, so this module looks for those two alone.
#
# Hints, first match wins:
#   Torch_DIR       (cache or environment) the user's LibTorch: its root, or its share/cmake/Torch folder
#   LibTorch_ROOT   the root of an unpacked LibTorch (contains lib/ and include/)
#   <cache>/medlocker/libtorch-2.11.0/torch   where installer/bootstrap puts it

set(_lt_hints "")
foreach(_dir IN ITEMS "${Torch_DIR}" "$ENV{Torch_DIR}" "${LibTorch_ROOT}" "$ENV{LibTorch_ROOT}")
  if(_dir)
    list(APPEND _lt_hints "${_dir}" "${_dir}/../../..")
  endif()
endforeach()
if(DEFINED ENV{MEDLOCKER_CACHE})
  list(APPEND _lt_hints "$ENV{MEDLOCKER_CACHE}/libtorch-2.11.0/torch")
endif()
if(DEFINED ENV{XDG_CACHE_HOME})
  list(APPEND _lt_hints "$ENV{XDG_CACHE_HOME}/medlocker/libtorch-2.11.0/torch")
endif()
list(APPEND _lt_hints "$ENV{HOME}/.cache/medlocker/libtorch-2.11.0/torch")

find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h HINTS ${_lt_hints} PATH_SUFFIXES include NO_DEFAULT_PATH)
find_library(LibTorch_CPU_LIBRARY torch_cpu HINTS ${_lt_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_LIBRARY c10 HINTS ${_lt_hints} PATH_SUFFIXES lib NO_DEFAULT_PATH)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY LibTorch_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "Run installer/bootstrap, or set Torch_DIR to your LibTorch 2.11 (see README.md).")

if(LibTorch_FOUND)
  get_filename_component(LibTorch_LIBRARY_DIR "${LibTorch_CPU_LIBRARY}" DIRECTORY)
  # libtorch_cpu of the CUDA wheel is itself linked against these two, although nothing of them is called on a CPU.
  set(_lt_cuda_hints "${LibTorch_LIBRARY_DIR}" "${LibTorch_LIBRARY_DIR}/../../nvidia/cu13/lib"
      /usr/local/cuda/lib64 /usr/local/cuda/targets/x86_64-linux/lib /usr/local/cuda/extras/CUPTI/lib64)
  set(LibTorch_RUNTIME_DIRS "${LibTorch_LIBRARY_DIR}")
  foreach(_lib IN ITEMS libcudart.so.13 libcupti.so.13)
    string(MAKE_C_IDENTIFIER "LibTorch_${_lib}" _var)
    find_file(${_var} ${_lib} HINTS ${_lt_cuda_hints} NO_DEFAULT_PATH)
    if(${_var})
      get_filename_component(_lib_dir "${${_var}}" DIRECTORY)
      list(APPEND LibTorch_RUNTIME_DIRS "${_lib_dir}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES LibTorch_RUNTIME_DIRS)

  if(NOT TARGET LibTorch::LibTorch)
    add_library(LibTorch::c10 UNKNOWN IMPORTED)
    set_target_properties(LibTorch::c10 PROPERTIES IMPORTED_LOCATION "${LibTorch_C10_LIBRARY}")
    add_library(LibTorch::LibTorch UNKNOWN IMPORTED)
    set_target_properties(LibTorch::LibTorch PROPERTIES
      IMPORTED_LOCATION "${LibTorch_CPU_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include"
      INTERFACE_LINK_LIBRARIES "LibTorch::c10")
    set(_lt_link_options "")
    foreach(_dir IN LISTS LibTorch_RUNTIME_DIRS)
      list(APPEND _lt_link_options "LINKER:-rpath-link,${_dir}")
    endforeach()
    set_target_properties(LibTorch::LibTorch PROPERTIES INTERFACE_LINK_OPTIONS "${_lt_link_options}")
  endif()
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU_LIBRARY LibTorch_C10_LIBRARY)
