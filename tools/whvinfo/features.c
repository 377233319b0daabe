/*
 * whvinfo: names of capabilities and their bits
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

#include "features.h"

#define NO_KVM_EXIT  "KVM has no such exit"
#define IN_KERNEL    "the local APIC is in the kernel, which does not tell"

static const struct bit platform_features[] =
{
    { 0, "PartialUnmap", NULL },
    { 1, "LocalApicEmulation", "needs KVM_CAP_SPLIT_IRQCHIP and KVM_CAP_X2APIC_API" },
    { 2, "Xsave", NULL },
    { 3, "DirtyPageTracking", NULL },
    { 4, "SpeculationControl", NULL },
    { 5, "ApicRemoteRead", NULL },
    { 6, "IdleSuspend", NULL },
    { 7, "VirtualPciDeviceSupport", "needs Windows' own device assignment" },
    { 8, "IommuSupport", "needs Windows' own device assignment" },
    { 9, "VpHotAddRemove", NULL },
    { 10, "DeviceAccessTracking", "needs Windows' own device assignment" },
    { 0, NULL, NULL }
};

static const struct bit extended_exits[] =
{
    { 0, "X64CpuidExit", NULL },
    { 1, "X64MsrExit", "needs KVM_CAP_X86_USER_SPACE_MSR, Linux 5.10" },
    { 2, "ExceptionExit", NULL },
    { 3, "X64RdtscExit", "needs a KVM whose processor runs all of the guest" },
    { 4, "X64ApicSmiExitTrap", IN_KERNEL },
    { 5, "HypercallExit", NO_KVM_EXIT },
    { 6, "X64ApicInitSipiExitTrap", IN_KERNEL },
    { 7, "X64ApicWriteLint0ExitTrap", IN_KERNEL },
    { 8, "X64ApicWriteLint1ExitTrap", IN_KERNEL },
    { 9, "X64ApicWriteSvrExitTrap", IN_KERNEL },
    { 10, "UnknownSynicConnection", "needs CONFIG_KVM_HYPERV in the kernel" },
    { 11, "RetargetUnknownVpciDevice", NO_KVM_EXIT },
    { 12, "X64ApicWriteLdrExitTrap", IN_KERNEL },
    { 13, "X64ApicWriteDfrExitTrap", IN_KERNEL },
    { 14, "GpaAccessFaultExit", NULL },
    { 0, NULL, NULL }
};

static const struct bit msr_exits[] =
{
    { 0, "UnhandledMsrs", NULL }, { 1, "TscMsrWrite", NULL }, { 2, "TscMsrRead", NULL },
    { 3, "ApicBaseMsrWrite", NULL }, { 4, "MiscEnableMsrRead", NULL }, { 5, "McUpdatePatchLevelMsrRead", NULL },
    { 0, NULL, NULL }
};

static const struct bit populate_flags[] =
{
    { 0, "Prefetch", NULL }, { 1, "AvoidHardFaults", NULL },
    { 0, NULL, NULL }
};

static const struct bit scheduler_features[] =
{
    { 0, "CpuReserve", NULL }, { 1, "CpuCap", NULL }, { 2, "CpuWeight", NULL }, { 3, "CpuGroupId", NULL },
    { 4, "DisableSmt", NULL },
    { 0, NULL, NULL }
};

static const struct bit perfmon_features[] =
{
    { 0, "PmuSupport", NULL }, { 1, "LbrSupport", NULL },
    { 0, NULL, NULL }
};

static const struct bit processor_features[] =
{
    { 0, "Sse3Support", NULL }, { 1, "LahfSahfSupport", NULL }, { 2, "Ssse3Support", NULL },
    { 3, "Sse4_1Support", NULL }, { 4, "Sse4_2Support", NULL }, { 5, "Sse4aSupport", NULL },
    { 6, "XopSupport", NULL }, { 7, "PopCntSupport", NULL }, { 8, "Cmpxchg16bSupport", NULL },
    { 9, "Altmovcr8Support", NULL }, { 10, "LzcntSupport", NULL }, { 11, "MisAlignSseSupport", NULL },
    { 12, "MmxExtSupport", NULL }, { 13, "Amd3DNowSupport", NULL }, { 14, "ExtendedAmd3DNowSupport", NULL },
    { 15, "Page1GbSupport", NULL }, { 16, "AesSupport", NULL }, { 17, "PclmulqdqSupport", NULL },
    { 18, "PcidSupport", NULL }, { 19, "Fma4Support", NULL }, { 20, "F16CSupport", NULL },
    { 21, "RdRandSupport", NULL }, { 22, "RdWrFsGsSupport", NULL }, { 23, "SmepSupport", NULL },
    { 24, "EnhancedFastStringSupport", NULL }, { 25, "Bmi1Support", NULL }, { 26, "Bmi2Support", NULL },
    { 29, "MovbeSupport", NULL }, { 30, "Npiep1Support", NULL }, { 31, "DepX87FPUSaveSupport", NULL },
    { 32, "RdSeedSupport", NULL }, { 33, "AdxSupport", NULL }, { 34, "IntelPrefetchSupport", NULL },
    { 35, "SmapSupport", NULL }, { 36, "HleSupport", NULL }, { 37, "RtmSupport", NULL },
    { 38, "RdtscpSupport", NULL }, { 39, "ClflushoptSupport", NULL }, { 40, "ClwbSupport", NULL },
    { 41, "ShaSupport", NULL }, { 42, "X87PointersSavedSupport", NULL }, { 43, "InvpcidSupport", NULL },
    { 44, "IbrsSupport", NULL }, { 45, "StibpSupport", NULL }, { 46, "IbpbSupport", NULL },
    { 47, "UnrestrictedGuestSupport", NULL }, { 48, "SsbdSupport", NULL }, { 49, "FastShortRepMovSupport", NULL },
    { 51, "RdclNo", NULL }, { 52, "IbrsAllSupport", NULL }, { 54, "SsbNo", NULL }, { 55, "RsbANo", NULL },
    { 57, "RdPidSupport", NULL }, { 58, "UmipSupport", NULL }, { 59, "MdsNoSupport", NULL },
    { 60, "MdClearSupport", NULL }, { 61, "TaaNoSupport", NULL }, { 62, "TsxCtrlSupport", NULL },
    { 0, NULL, NULL }
};

static const struct bit processor_features1[] =
{
    { 0, "ACountMCountSupport", NULL }, { 1, "TscInvariantSupport", NULL }, { 2, "ClZeroSupport", NULL },
    { 3, "RdpruSupport", NULL }, { 4, "La57Support", NULL }, { 5, "MbecSupport", NULL },
    { 6, "NestedVirtSupport", NULL }, { 7, "PsfdSupport", NULL }, { 8, "CetSsSupport", NULL },
    { 9, "CetIbtSupport", NULL }, { 10, "VmxExceptionInjectSupport", NULL }, { 12, "UmwaitTpauseSupport", NULL },
    { 13, "MovdiriSupport", NULL }, { 14, "Movdir64bSupport", NULL }, { 15, "CldemoteSupport", NULL },
    { 16, "SerializeSupport", NULL }, { 17, "TscDeadlineTmrSupport", NULL }, { 18, "TscAdjustSupport", NULL },
    { 19, "FZLRepMovsb", NULL }, { 20, "FSRepStosb", NULL }, { 21, "FSRepCmpsb", NULL },
    { 22, "TsxLdTrkSupport", NULL }, { 23, "VmxInsOutsExitInfoSupport", NULL }, { 25, "SbdrSsdpNoSupport", NULL },
    { 26, "FbsdpNoSupport", NULL }, { 27, "PsdpNoSupport", NULL }, { 28, "FbClearSupport", NULL },
    { 29, "BtcNoSupport", NULL }, { 30, "IbpbRsbFlushSupport", NULL }, { 31, "StibpAlwaysOnSupport", NULL },
    { 32, "PerfGlobalCtrlSupport", NULL }, { 33, "NptExecuteOnlySupport", NULL }, { 34, "NptADFlagsSupport", NULL },
    { 35, "Npt1GbPageSupport", NULL }, { 40, "CmpccxaddSupport", NULL }, { 45, "PrefetchISupport", NULL },
    { 46, "Sha512Support", NULL }, { 50, "SM3Support", NULL }, { 51, "SM4Support", NULL },
    { 54, "SbpbSupported", NULL }, { 55, "IbpbBrTypeSupported", NULL }, { 56, "SrsoNoSupported", NULL },
    { 57, "SrsoUserKernelNoSupported", NULL },
    { 0, NULL, NULL }
};

static const struct bit xsave_features[] =
{
    { 0, "XsaveSupport", NULL }, { 1, "XsaveoptSupport", NULL }, { 2, "AvxSupport", NULL },
    { 3, "Avx2Support", NULL }, { 4, "FmaSupport", NULL }, { 5, "MpxSupport", NULL }, { 6, "Avx512Support", NULL },
    { 7, "Avx512DQSupport", NULL }, { 8, "Avx512CDSupport", NULL }, { 9, "Avx512BWSupport", NULL },
    { 10, "Avx512VLSupport", NULL }, { 11, "XsaveCompSupport", NULL }, { 12, "XsaveSupervisorSupport", NULL },
    { 13, "Xcr1Support", NULL }, { 14, "Avx512BitalgSupport", NULL }, { 15, "Avx512IfmaSupport", NULL },
    { 16, "Avx512VBmiSupport", NULL }, { 17, "Avx512VBmi2Support", NULL }, { 18, "Avx512VnniSupport", NULL },
    { 19, "GfniSupport", NULL }, { 20, "VaesSupport", NULL }, { 21, "Avx512VPopcntdqSupport", NULL },
    { 22, "VpclmulqdqSupport", NULL }, { 23, "Avx512Bf16Support", NULL }, { 24, "Avx512Vp2IntersectSupport", NULL },
    { 25, "Avx512Fp16Support", NULL }, { 26, "XfdSupport", NULL }, { 27, "AmxTileSupport", NULL },
    { 28, "AmxBf16Support", NULL }, { 29, "AmxInt8Support", NULL }, { 30, "AvxVnniSupport", NULL },
    { 31, "AvxIfmaSupport", NULL }, { 32, "AvxNeConvertSupport", NULL }, { 33, "AvxVnniInt8Support", NULL },
    { 34, "AvxVnniInt16Support", NULL }, { 35, "Avx10_1_256Support", NULL }, { 36, "Avx10_1_512Support", NULL },
    { 37, "AmxFp16Support", NULL },
    { 0, NULL, NULL }
};

static const struct bit synthetic_features[] =
{
    { 0, "HypervisorPresent", NULL }, { 1, "Hv1", NULL }, { 2, "AccessVpRunTimeReg", NULL },
    { 3, "AccessPartitionReferenceCounter", NULL }, { 4, "AccessSynicRegs", NULL },
    { 5, "AccessSyntheticTimerRegs", NULL }, { 6, "AccessIntrCtrlRegs", NULL }, { 7, "AccessHypercallRegs", NULL },
    { 8, "AccessVpIndex", NULL }, { 9, "AccessPartitionReferenceTsc", NULL }, { 10, "AccessGuestIdleReg", NULL },
    { 11, "AccessFrequencyRegs", NULL }, { 15, "EnableExtendedGvaRangesForFlushVirtualAddressList", NULL },
    { 18, "FastHypercallOutput", NULL }, { 22, "DirectSyntheticTimers", NULL },
    { 24, "ExtendedProcessorMasks", NULL }, { 25, "TbFlushHypercalls", NULL }, { 26, "SyntheticClusterIpi", NULL },
    { 27, "NotifyLongSpinWait", NULL }, { 28, "QueryNumaDistance", NULL }, { 29, "SignalEvents", NULL },
    { 30, "RetargetDeviceInterrupt", NULL }, { 31, "RestoreTime", NULL }, { 32, "EnlightenedVmcs", NULL },
    { 33, "NestedDebugCtl", NULL }, { 34, "SyntheticTimeUnhaltedTimer", NULL }, { 35, "IdleSpecCtrl", NULL },
    { 37, "WakeVps", NULL }, { 38, "AccessVpRegs", NULL },
    { 0, NULL, NULL }
};

#define CODE( name ) WHvCapabilityCode ## name, #name

const struct capability capabilities[] =
{
    { CODE( Features ),                        FORMAT_BITS,          { platform_features } },
    { CODE( ExtendedVmExits ),                 FORMAT_BITS,          { extended_exits } },
    { CODE( ExceptionExitBitmap ),             FORMAT_VECTORS,       { NULL } },
    { CODE( X64MsrExitBitmap ),                FORMAT_BITS,          { msr_exits } },
    { CODE( GpaRangePopulateFlags ),           FORMAT_BITS,          { populate_flags } },
    { CODE( SchedulerFeatures ),               FORMAT_BITS,          { scheduler_features } },
    { CODE( ProcessorVendor ),                 FORMAT_VENDOR,        { NULL } },
    { CODE( PhysicalAddressWidth ),            FORMAT_NUMBER,        { NULL } },
    { CODE( ProcessorClFlushSize ),            FORMAT_CACHE_LINE,    { NULL } },
    { CODE( ProcessorClockFrequency ),         FORMAT_HZ,            { NULL } },
    { CODE( InterruptClockFrequency ),         FORMAT_HZ,            { NULL } },
    { CODE( ProcessorFrequencyCap ),           FORMAT_FREQUENCY_CAP, { NULL } },
    { CODE( ProcessorFeatures ),               FORMAT_BITS,          { processor_features } },
    { CODE( ProcessorFeaturesBanks ),          FORMAT_BANKS,         { processor_features, processor_features1 } },
    { CODE( ProcessorXsaveFeatures ),          FORMAT_BITS,          { xsave_features } },
    { CODE( SyntheticProcessorFeaturesBanks ), FORMAT_BANKS,         { synthetic_features } },
    { CODE( ProcessorPerfmonFeatures ),        FORMAT_BITS,          { perfmon_features } },
    { CODE( VmxBasic ),                        FORMAT_HEX,           { NULL } },
    { CODE( VmxPinbasedCtls ),                 FORMAT_HEX,           { NULL } },
    { CODE( VmxProcbasedCtls ),                FORMAT_HEX,           { NULL } },
    { CODE( VmxExitCtls ),                     FORMAT_HEX,           { NULL } },
    { CODE( VmxEntryCtls ),                    FORMAT_HEX,           { NULL } },
    { CODE( VmxMisc ),                         FORMAT_HEX,           { NULL } },
    { CODE( VmxCr0Fixed0 ),                    FORMAT_HEX,           { NULL } },
    { CODE( VmxCr0Fixed1 ),                    FORMAT_HEX,           { NULL } },
    { CODE( VmxCr4Fixed0 ),                    FORMAT_HEX,           { NULL } },
    { CODE( VmxCr4Fixed1 ),                    FORMAT_HEX,           { NULL } },
    { CODE( VmxVmcsEnum ),                     FORMAT_HEX,           { NULL } },
    { CODE( VmxProcbasedCtls2 ),               FORMAT_HEX,           { NULL } },
    { CODE( VmxEptVpidCap ),                   FORMAT_HEX,           { NULL } },
    { CODE( VmxTruePinbasedCtls ),             FORMAT_HEX,           { NULL } },
    { CODE( VmxTrueProcbasedCtls ),            FORMAT_HEX,           { NULL } },
    { CODE( VmxTrueExitCtls ),                 FORMAT_HEX,           { NULL } },
    { CODE( VmxTrueEntryCtls ),                FORMAT_HEX,           { NULL } },
    { 0, NULL, 0, { NULL } }
};
