// SPDX-FileCopyrightText: 2026 MedLocker authors
// SPDX-License-Identifier: Apache-2.0
//
// What a package carries in place of NVIDIA's libcupti; see cudart.c for the reasons.

enum { kNotInitialised = 15 };  // CUPTI_ERROR_NOT_INITIALIZED

#define NOT_HERE(name) \
  int name(void) { return kNotInitialised; }

NOT_HERE(cuptiActivityDisable)
NOT_HERE(cuptiActivityEnable)
NOT_HERE(cuptiActivityEnableCudaEventDeviceTimestamps)
NOT_HERE(cuptiActivityEnableDriverApi)
NOT_HERE(cuptiActivityEnableRuntimeApi)
NOT_HERE(cuptiActivityFlushAll)
NOT_HERE(cuptiActivityGetNextRecord)
NOT_HERE(cuptiActivityGetNumDroppedRecords)
NOT_HERE(cuptiActivityPopExternalCorrelationId)
NOT_HERE(cuptiActivityPushExternalCorrelationId)
NOT_HERE(cuptiActivityRegisterCallbacks)
NOT_HERE(cuptiActivityRegisterTimestampCallback)
NOT_HERE(cuptiActivitySetAttribute)
NOT_HERE(cuptiEnableCallback)
NOT_HERE(cuptiEnableDomain)
NOT_HERE(cuptiFinalize)
NOT_HERE(cuptiGetVersion)
NOT_HERE(cuptiSubscribe)
NOT_HERE(cuptiUnsubscribe)

int cuptiGetResultString(int result, const char** text) {
  (void)result;
  *text = "this package of MedLocker computes on the CPU alone";
  return 0;
}
