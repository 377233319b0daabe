/*
 * Windows Hypervisor Platform: types, codes and register names
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

/*
 * What it is for: every type and number of the API, for clients and for both
 * sides of the implementation. It knows no function. It needs the Windows base
 * types only, and brings its own where there is no Windows SDK (the Unix side);
 * the layouts are the same for PE and Unix compilers, and with -mms-bitfields or
 * without. tests/headers holds them against other sources.
 */

#ifndef _WINHVAPIDEFS_H_
#define _WINHVAPIDEFS_H_

#if defined(__aarch64__) || defined(_ARM64_) || defined(_M_ARM64)
# define WHV_ARCH_ARM64
#elif defined(__x86_64__) || defined(_AMD64_) || defined(_M_X64)
# define WHV_ARCH_X64
#endif

/* An unnamed struct in a union, an enumerator above INT_MAX and a narrow bit-field are extensions that
 * Microsoft's API is made of; this keeps pedantic compilers quiet about them. */
#ifdef __GNUC__
# define WHV_EXTENSION __extension__
#else
# define WHV_EXTENSION
#endif

/**** The Windows base types ****/

#if defined(__MINGW32__) || defined(_WINDEF_) || defined(__WINESRC__)
# include <stdarg.h>
# include <windef.h>
# include <winbase.h>
# include <winerror.h>
#elif defined(_WIN32)
# include <windows.h>
#else

#include <stddef.h>

typedef void               VOID, *PVOID, *HANDLE;
typedef unsigned char      UINT8, BOOLEAN;
typedef unsigned short     UINT16, USHORT, WCHAR;
typedef unsigned int       UINT32, ULONG;
typedef int                INT32, LONG, BOOL, HRESULT;
WHV_EXTENSION typedef long long          INT64;
WHV_EXTENSION typedef unsigned long long UINT64;

typedef struct _LUID { ULONG LowPart; LONG HighPart; } LUID;
typedef struct _GUID { UINT32 Data1; UINT16 Data2, Data3; UINT8 Data4[8]; } GUID;

typedef enum _DEVICE_POWER_STATE
{
    PowerDeviceUnspecified, PowerDeviceD0, PowerDeviceD1, PowerDeviceD2, PowerDeviceD3, PowerDeviceMaximum
} DEVICE_POWER_STATE;

# ifndef TRUE
#  define TRUE  1
#  define FALSE 0
# endif
# ifndef WINAPI
#  define WINAPI
#  define CALLBACK
# endif

# define SUCCEEDED(hr)  ((HRESULT)(hr) >= 0)
# define FAILED(hr)     ((HRESULT)(hr) < 0)

# define S_OK           ((HRESULT)0x00000000)
# define S_FALSE        ((HRESULT)0x00000001)
# define E_NOTIMPL      ((HRESULT)0x80004001)
# define E_POINTER      ((HRESULT)0x80004003)
# define E_FAIL         ((HRESULT)0x80004005)
# define E_UNEXPECTED   ((HRESULT)0x8000ffff)
# define E_ACCESSDENIED ((HRESULT)0x80070005)
# define E_HANDLE       ((HRESULT)0x80070006)
# define E_OUTOFMEMORY  ((HRESULT)0x8007000e)
# define E_INVALIDARG   ((HRESULT)0x80070057)

#endif /* base types */

#ifndef ANYSIZE_ARRAY
# define ANYSIZE_ARRAY 1
#endif
#ifndef DECLSPEC_ALIGN
# define DECLSPEC_ALIGN(n) __attribute__((aligned(n)))
#endif
#ifndef C_ASSERT
# define C_ASSERT(expr) extern char whv_c_assert[(expr) ? 1 : -1]
#endif
#ifndef DEFINE_ENUM_FLAG_OPERATORS
# ifdef __cplusplus
#  define DEFINE_ENUM_FLAG_OPERATORS(type) \
    static inline type operator |( type a, type b ) { return (type)((unsigned int)a | (unsigned int)b); } \
    static inline type operator &( type a, type b ) { return (type)((unsigned int)a & (unsigned int)b); } \
    static inline type operator ^( type a, type b ) { return (type)((unsigned int)a ^ (unsigned int)b); } \
    static inline type operator ~( type a ) { return (type)~(unsigned int)a; } \
    static inline type &operator |=( type &a, type b ) { return a = a | b; } \
    static inline type &operator &=( type &a, type b ) { return a = a & b; } \
    static inline type &operator ^=( type &a, type b ) { return a = a ^ b; }
# else
#  define DEFINE_ENUM_FLAG_OPERATORS(type)
# endif
#endif

/**** Error codes: the platform's own, and the hypervisor's as they come through ****/

#ifndef WHV_E_UNKNOWN_CAPABILITY
# define WHV_E_UNKNOWN_CAPABILITY                       ((HRESULT)0x80370300)
# define WHV_E_INSUFFICIENT_BUFFER                      ((HRESULT)0x80370301)
# define WHV_E_UNKNOWN_PROPERTY                         ((HRESULT)0x80370302)
# define WHV_E_UNSUPPORTED_HYPERVISOR_CONFIG            ((HRESULT)0x80370303)
# define WHV_E_INVALID_PARTITION_CONFIG                 ((HRESULT)0x80370304)
# define WHV_E_GPA_RANGE_NOT_FOUND                      ((HRESULT)0x80370305)
# define WHV_E_VP_ALREADY_EXISTS                        ((HRESULT)0x80370306)
# define WHV_E_VP_DOES_NOT_EXIST                        ((HRESULT)0x80370307)
# define WHV_E_INVALID_VP_STATE                         ((HRESULT)0x80370308)
# define WHV_E_INVALID_VP_REGISTER_NAME                 ((HRESULT)0x80370309)
# define WHV_E_UNSUPPORTED_PROCESSOR_CONFIG             ((HRESULT)0x80370310)  /* not 0x8037030a */
#endif

#ifndef ERROR_HV_INVALID_HYPERCALL_INPUT
# define ERROR_HV_INVALID_HYPERCALL_INPUT               ((HRESULT)0xc0350003)
# define ERROR_HV_INVALID_ALIGNMENT                     ((HRESULT)0xc0350004)
# define ERROR_HV_INVALID_PARAMETER                     ((HRESULT)0xc0350005)
# define ERROR_HV_ACCESS_DENIED                         ((HRESULT)0xc0350006)
# define ERROR_HV_INVALID_PARTITION_STATE               ((HRESULT)0xc0350007)
# define ERROR_HV_OPERATION_DENIED                      ((HRESULT)0xc0350008)
# define ERROR_HV_UNKNOWN_PROPERTY                      ((HRESULT)0xc0350009)
# define ERROR_HV_PROPERTY_VALUE_OUT_OF_RANGE           ((HRESULT)0xc035000a)
# define ERROR_HV_INSUFFICIENT_MEMORY                   ((HRESULT)0xc035000b)
# define ERROR_HV_INVALID_VP_INDEX                      ((HRESULT)0xc035000e)
# define ERROR_HV_INVALID_VP_STATE                      ((HRESULT)0xc0350015)
# define ERROR_HV_INVALID_SYNIC_STATE                   ((HRESULT)0xc0350018)
# define ERROR_HV_OBJECT_IN_USE                         ((HRESULT)0xc0350019)
# define ERROR_HV_NO_DATA                               ((HRESULT)0xc035001b)
# define ERROR_HV_FEATURE_UNAVAILABLE                   ((HRESULT)0xc035001e)
# define ERROR_HV_INSUFFICIENT_BUFFER                   ((HRESULT)0xc0350033)
# define ERROR_HV_CPUID_FEATURE_VALIDATION              ((HRESULT)0xc035003c)
# define ERROR_HV_CPUID_XSAVE_FEATURE_VALIDATION        ((HRESULT)0xc035003d)
# define ERROR_HV_INVALID_REGISTER_VALUE                ((HRESULT)0xc0350050)
# define ERROR_HV_INVALID_VTL_STATE                     ((HRESULT)0xc0350051)
# define ERROR_HV_INVALID_DEVICE_ID                     ((HRESULT)0xc0350057)
# define ERROR_HV_NOT_ALLOWED_WITH_NESTED_VIRT_ACTIVE   ((HRESULT)0xc0350072)
# define ERROR_HV_NOT_PRESENT                           ((HRESULT)0xc0351000)
#endif

#if defined(WHV_ARCH_X64) || defined(WHV_ARCH_ARM64)

/**** Scalars, handles, limits ****/

typedef VOID  *WHV_PARTITION_HANDLE;
typedef PVOID  WHV_TRIGGER_HANDLE;
typedef PVOID  WHV_NOTIFICATION_PORT_HANDLE;
typedef UINT64 WHV_GUEST_PHYSICAL_ADDRESS;
typedef UINT64 WHV_GUEST_VIRTUAL_ADDRESS;
typedef UINT64 WHV_NOTIFICATION_PORT_PROPERTY;
typedef UINT8  WHV_VTL;

#define WHV_ANY_VP                                    (0xffffffff)
#define WHV_VTL_ALL                                   0xf
#define WHV_PROCESSOR_FEATURES_BANKS_COUNT            2
#define WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT  1
#define WHV_READ_WRITE_GPA_RANGE_MAX_SIZE             16    /* bytes */
#define WHV_SYNIC_MESSAGE_SIZE                        256   /* bytes */
#define WHV_MAX_DEVICE_ID_SIZE_IN_CHARS               200
#define WHV_VPCI_TYPE0_BAR_COUNT                      6
#define WHV_NOTIFICATION_PORT_PREFERRED_DURATION_MAX  (0xffffffffffffffffULL)  /* in 100 ns */
#ifdef WHV_ARCH_X64
#define WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS       6
#endif

/**** Register names ****/

WHV_EXTENSION typedef enum WHV_REGISTER_NAME
{
#ifdef WHV_ARCH_X64
    /* general, segment, table, control and debug registers */
    WHvX64RegisterRax        = 0x0000, WHvX64RegisterRcx        = 0x0001, WHvX64RegisterRdx        = 0x0002,
    WHvX64RegisterRbx        = 0x0003, WHvX64RegisterRsp        = 0x0004, WHvX64RegisterRbp        = 0x0005,
    WHvX64RegisterRsi        = 0x0006, WHvX64RegisterRdi        = 0x0007, WHvX64RegisterR8         = 0x0008,
    WHvX64RegisterR9         = 0x0009, WHvX64RegisterR10        = 0x000a, WHvX64RegisterR11        = 0x000b,
    WHvX64RegisterR12        = 0x000c, WHvX64RegisterR13        = 0x000d, WHvX64RegisterR14        = 0x000e,
    WHvX64RegisterR15        = 0x000f, WHvX64RegisterRip        = 0x0010, WHvX64RegisterRflags     = 0x0011,
    WHvX64RegisterEs         = 0x0012, WHvX64RegisterCs         = 0x0013, WHvX64RegisterSs         = 0x0014,
    WHvX64RegisterDs         = 0x0015, WHvX64RegisterFs         = 0x0016, WHvX64RegisterGs         = 0x0017,
    WHvX64RegisterLdtr       = 0x0018, WHvX64RegisterTr         = 0x0019, WHvX64RegisterIdtr       = 0x001a,
    WHvX64RegisterGdtr       = 0x001b, WHvX64RegisterCr0        = 0x001c, WHvX64RegisterCr2        = 0x001d,
    WHvX64RegisterCr3        = 0x001e, WHvX64RegisterCr4        = 0x001f, WHvX64RegisterCr8        = 0x0020,
    WHvX64RegisterDr0        = 0x0021, WHvX64RegisterDr1        = 0x0022, WHvX64RegisterDr2        = 0x0023,
    WHvX64RegisterDr3        = 0x0024, WHvX64RegisterDr6        = 0x0025, WHvX64RegisterDr7        = 0x0026,
    WHvX64RegisterXCr0       = 0x0027, WHvX64RegisterVirtualCr0 = 0x0028, WHvX64RegisterVirtualCr3 = 0x0029,
    WHvX64RegisterVirtualCr4 = 0x002a, WHvX64RegisterVirtualCr8 = 0x002b,
    /* vector and floating point */
    WHvX64RegisterXmm0             = 0x1000, WHvX64RegisterXmm1             = 0x1001,
    WHvX64RegisterXmm2             = 0x1002, WHvX64RegisterXmm3             = 0x1003,
    WHvX64RegisterXmm4             = 0x1004, WHvX64RegisterXmm5             = 0x1005,
    WHvX64RegisterXmm6             = 0x1006, WHvX64RegisterXmm7             = 0x1007,
    WHvX64RegisterXmm8             = 0x1008, WHvX64RegisterXmm9             = 0x1009,
    WHvX64RegisterXmm10            = 0x100a, WHvX64RegisterXmm11            = 0x100b,
    WHvX64RegisterXmm12            = 0x100c, WHvX64RegisterXmm13            = 0x100d,
    WHvX64RegisterXmm14            = 0x100e, WHvX64RegisterXmm15            = 0x100f,
    WHvX64RegisterFpMmx0           = 0x1010, WHvX64RegisterFpMmx1           = 0x1011,
    WHvX64RegisterFpMmx2           = 0x1012, WHvX64RegisterFpMmx3           = 0x1013,
    WHvX64RegisterFpMmx4           = 0x1014, WHvX64RegisterFpMmx5           = 0x1015,
    WHvX64RegisterFpMmx6           = 0x1016, WHvX64RegisterFpMmx7           = 0x1017,
    WHvX64RegisterFpControlStatus  = 0x1018, WHvX64RegisterXmmControlStatus = 0x1019,
    /* MSRs */
    WHvX64RegisterTsc                      = 0x2000, WHvX64RegisterEfer                     = 0x2001,
    WHvX64RegisterKernelGsBase             = 0x2002, WHvX64RegisterApicBase                 = 0x2003,
    WHvX64RegisterPat                      = 0x2004, WHvX64RegisterSysenterCs               = 0x2005,
    WHvX64RegisterSysenterEip              = 0x2006, WHvX64RegisterSysenterEsp              = 0x2007,
    WHvX64RegisterStar                     = 0x2008, WHvX64RegisterLstar                    = 0x2009,
    WHvX64RegisterCstar                    = 0x200a, WHvX64RegisterSfmask                   = 0x200b,
    WHvX64RegisterInitialApicId            = 0x200c, WHvX64RegisterMsrMtrrCap               = 0x200d,
    WHvX64RegisterMsrMtrrDefType           = 0x200e, WHvX64RegisterMsrMtrrPhysBase0         = 0x2010,
    WHvX64RegisterMsrMtrrPhysBase1         = 0x2011, WHvX64RegisterMsrMtrrPhysBase2         = 0x2012,
    WHvX64RegisterMsrMtrrPhysBase3         = 0x2013, WHvX64RegisterMsrMtrrPhysBase4         = 0x2014,
    WHvX64RegisterMsrMtrrPhysBase5         = 0x2015, WHvX64RegisterMsrMtrrPhysBase6         = 0x2016,
    WHvX64RegisterMsrMtrrPhysBase7         = 0x2017, WHvX64RegisterMsrMtrrPhysBase8         = 0x2018,
    WHvX64RegisterMsrMtrrPhysBase9         = 0x2019, WHvX64RegisterMsrMtrrPhysBaseA         = 0x201a,
    WHvX64RegisterMsrMtrrPhysBaseB         = 0x201b, WHvX64RegisterMsrMtrrPhysBaseC         = 0x201c,
    WHvX64RegisterMsrMtrrPhysBaseD         = 0x201d, WHvX64RegisterMsrMtrrPhysBaseE         = 0x201e,
    WHvX64RegisterMsrMtrrPhysBaseF         = 0x201f, WHvX64RegisterMsrMtrrPhysMask0         = 0x2040,
    WHvX64RegisterMsrMtrrPhysMask1         = 0x2041, WHvX64RegisterMsrMtrrPhysMask2         = 0x2042,
    WHvX64RegisterMsrMtrrPhysMask3         = 0x2043, WHvX64RegisterMsrMtrrPhysMask4         = 0x2044,
    WHvX64RegisterMsrMtrrPhysMask5         = 0x2045, WHvX64RegisterMsrMtrrPhysMask6         = 0x2046,
    WHvX64RegisterMsrMtrrPhysMask7         = 0x2047, WHvX64RegisterMsrMtrrPhysMask8         = 0x2048,
    WHvX64RegisterMsrMtrrPhysMask9         = 0x2049, WHvX64RegisterMsrMtrrPhysMaskA         = 0x204a,
    WHvX64RegisterMsrMtrrPhysMaskB         = 0x204b, WHvX64RegisterMsrMtrrPhysMaskC         = 0x204c,
    WHvX64RegisterMsrMtrrPhysMaskD         = 0x204d, WHvX64RegisterMsrMtrrPhysMaskE         = 0x204e,
    WHvX64RegisterMsrMtrrPhysMaskF         = 0x204f, WHvX64RegisterMsrMtrrFix64k00000       = 0x2070,
    WHvX64RegisterMsrMtrrFix16k80000       = 0x2071, WHvX64RegisterMsrMtrrFix16kA0000       = 0x2072,
    WHvX64RegisterMsrMtrrFix4kC0000        = 0x2073, WHvX64RegisterMsrMtrrFix4kC8000        = 0x2074,
    WHvX64RegisterMsrMtrrFix4kD0000        = 0x2075, WHvX64RegisterMsrMtrrFix4kD8000        = 0x2076,
    WHvX64RegisterMsrMtrrFix4kE0000        = 0x2077, WHvX64RegisterMsrMtrrFix4kE8000        = 0x2078,
    WHvX64RegisterMsrMtrrFix4kF0000        = 0x2079, WHvX64RegisterMsrMtrrFix4kF8000        = 0x207a,
    WHvX64RegisterTscAux                   = 0x207b, WHvX64RegisterBndcfgs                  = 0x207c,
    WHvX64RegisterMCount                   = 0x207e, WHvX64RegisterACount                   = 0x207f,
    WHvX64RegisterSpecCtrl                 = 0x2084, WHvX64RegisterPredCmd                  = 0x2085,
    WHvX64RegisterTscVirtualOffset         = 0x2087, WHvX64RegisterTsxCtrl                  = 0x2088,
    WHvX64RegisterXss                      = 0x208b, WHvX64RegisterUCet                     = 0x208c,
    WHvX64RegisterSCet                     = 0x208d, WHvX64RegisterSsp                      = 0x208e,
    WHvX64RegisterPl0Ssp                   = 0x208f, WHvX64RegisterPl1Ssp                   = 0x2090,
    WHvX64RegisterPl2Ssp                   = 0x2091, WHvX64RegisterPl3Ssp                   = 0x2092,
    WHvX64RegisterInterruptSspTableAddr    = 0x2093, WHvX64RegisterTscDeadline              = 0x2095,
    WHvX64RegisterTscAdjust                = 0x2096, WHvX64RegisterUmwaitControl            = 0x2098,
    WHvX64RegisterXfd                      = 0x2099, WHvX64RegisterXfdErr                   = 0x209a,
    WHvX64RegisterMsrIa32MiscEnable        = 0x20a0, WHvX64RegisterIa32FeatureControl       = 0x20a1,
    WHvX64RegisterIa32VmxBasic             = 0x20a2, WHvX64RegisterIa32VmxPinbasedCtls      = 0x20a3,
    WHvX64RegisterIa32VmxProcbasedCtls     = 0x20a4, WHvX64RegisterIa32VmxExitCtls          = 0x20a5,
    WHvX64RegisterIa32VmxEntryCtls         = 0x20a6, WHvX64RegisterIa32VmxMisc              = 0x20a7,
    WHvX64RegisterIa32VmxCr0Fixed0         = 0x20a8, WHvX64RegisterIa32VmxCr0Fixed1         = 0x20a9,
    WHvX64RegisterIa32VmxCr4Fixed0         = 0x20aa, WHvX64RegisterIa32VmxCr4Fixed1         = 0x20ab,
    WHvX64RegisterIa32VmxVmcsEnum          = 0x20ac, WHvX64RegisterIa32VmxProcbasedCtls2    = 0x20ad,
    WHvX64RegisterIa32VmxEptVpidCap        = 0x20ae, WHvX64RegisterIa32VmxTruePinbasedCtls  = 0x20af,
    WHvX64RegisterIa32VmxTrueProcbasedCtls = 0x20b0, WHvX64RegisterIa32VmxTrueExitCtls      = 0x20b1,
    WHvX64RegisterIa32VmxTrueEntryCtls     = 0x20b2, WHvX64RegisterAmdVmHsavePa             = 0x20b3,
    WHvX64RegisterAmdVmCr                  = 0x20b4,
    /* local APIC */
    WHvX64RegisterApicId           = 0x3002, WHvX64RegisterApicVersion      = 0x3003,
    WHvX64RegisterApicTpr          = 0x3008, WHvX64RegisterApicPpr          = 0x300a,
    WHvX64RegisterApicEoi          = 0x300b, WHvX64RegisterApicLdr          = 0x300d,
    WHvX64RegisterApicSpurious     = 0x300f, WHvX64RegisterApicIsr0         = 0x3010,
    WHvX64RegisterApicIsr1         = 0x3011, WHvX64RegisterApicIsr2         = 0x3012,
    WHvX64RegisterApicIsr3         = 0x3013, WHvX64RegisterApicIsr4         = 0x3014,
    WHvX64RegisterApicIsr5         = 0x3015, WHvX64RegisterApicIsr6         = 0x3016,
    WHvX64RegisterApicIsr7         = 0x3017, WHvX64RegisterApicTmr0         = 0x3018,
    WHvX64RegisterApicTmr1         = 0x3019, WHvX64RegisterApicTmr2         = 0x301a,
    WHvX64RegisterApicTmr3         = 0x301b, WHvX64RegisterApicTmr4         = 0x301c,
    WHvX64RegisterApicTmr5         = 0x301d, WHvX64RegisterApicTmr6         = 0x301e,
    WHvX64RegisterApicTmr7         = 0x301f, WHvX64RegisterApicIrr0         = 0x3020,
    WHvX64RegisterApicIrr1         = 0x3021, WHvX64RegisterApicIrr2         = 0x3022,
    WHvX64RegisterApicIrr3         = 0x3023, WHvX64RegisterApicIrr4         = 0x3024,
    WHvX64RegisterApicIrr5         = 0x3025, WHvX64RegisterApicIrr6         = 0x3026,
    WHvX64RegisterApicIrr7         = 0x3027, WHvX64RegisterApicEse          = 0x3028,
    WHvX64RegisterApicIcr          = 0x3030, WHvX64RegisterApicLvtTimer     = 0x3032,
    WHvX64RegisterApicLvtThermal   = 0x3033, WHvX64RegisterApicLvtPerfmon   = 0x3034,
    WHvX64RegisterApicLvtLint0     = 0x3035, WHvX64RegisterApicLvtLint1     = 0x3036,
    WHvX64RegisterApicLvtError     = 0x3037, WHvX64RegisterApicInitCount    = 0x3038,
    WHvX64RegisterApicCurrentCount = 0x3039, WHvX64RegisterApicDivide       = 0x303e,
    WHvX64RegisterApicSelfIpi      = 0x303f,
    /* SynIC */
    WHvRegisterSint0    = 0x4000, WHvRegisterSint1    = 0x4001, WHvRegisterSint2    = 0x4002,
    WHvRegisterSint3    = 0x4003, WHvRegisterSint4    = 0x4004, WHvRegisterSint5    = 0x4005,
    WHvRegisterSint6    = 0x4006, WHvRegisterSint7    = 0x4007, WHvRegisterSint8    = 0x4008,
    WHvRegisterSint9    = 0x4009, WHvRegisterSint10   = 0x400a, WHvRegisterSint11   = 0x400b,
    WHvRegisterSint12   = 0x400c, WHvRegisterSint13   = 0x400d, WHvRegisterSint14   = 0x400e,
    WHvRegisterSint15   = 0x400f, WHvRegisterScontrol = 0x4010, WHvRegisterSversion = 0x4011,
    WHvRegisterSiefp    = 0x4012, WHvRegisterSimp     = 0x4013, WHvRegisterEom      = 0x4014,
    /* hypervisor */
    WHvRegisterVpRuntime             = 0x5000, WHvX64RegisterHypercall          = 0x5001,
    WHvRegisterGuestOsId             = 0x5002, WHvRegisterVpAssistPage          = 0x5013,
    WHvRegisterReferenceTsc          = 0x5017, WHvRegisterReferenceTscSequence  = 0x501a,
    WHvX64RegisterNestedGuestState   = 0x5050, WHvX64RegisterNestedCurrentVmGpa = 0x5051,
    WHvX64RegisterNestedVmxInvEpt    = 0x5052, WHvX64RegisterNestedVmxInvVpid   = 0x5053,
    /* pending events and activity */
    WHvRegisterPendingInterruption            = 0x80000000, WHvRegisterInterruptState                 = 0x80000001,
    WHvRegisterPendingEvent                   = 0x80000002, WHvRegisterPendingEvent1                  = 0x80000003,
    WHvX64RegisterDeliverabilityNotifications = 0x80000004, WHvRegisterDeliverabilityNotifications    = 0x80000004,
    WHvRegisterInternalActivityState          = 0x80000005, WHvX64RegisterPendingDebugException       = 0x80000006,
    WHvRegisterPendingEvent2                  = 0x80000007, WHvRegisterPendingEvent3                  = 0x80000008
#else
    WHvRegisterInternalActivityState = 0x00004,
    /* hypervisor leaves, for WHV_ANY_VP or a VP */
    WHvRegisterHypervisorVersion = 0x00100, WHvRegisterPrivilegesAndFeaturesInfo = 0x00200,
    WHvRegisterFeaturesInfo, WHvRegisterImplementationLimitsInfo, WHvRegisterHardwareFeaturesInfo,
    WHvRegisterCpuManagementFeaturesInfo, WHvRegisterPasidFeaturesInfo, WHvRegisterGuestCrashP0 = 0x00210,
    WHvRegisterGuestCrashP1, WHvRegisterGuestCrashP2, WHvRegisterGuestCrashP3, WHvRegisterGuestCrashP4,
    WHvRegisterGuestCrashCtl,
    /* pending events */
    WHvRegisterPendingEvent0 = 0x10004, WHvRegisterPendingEvent1, WHvRegisterDeliverabilityNotifications,
    WHvRegisterPendingEvent2 = 0x10008, WHvRegisterPendingEvent3,
    /* general registers */
    WHvArm64RegisterX0 = 0x20000, WHvArm64RegisterX1, WHvArm64RegisterX2, WHvArm64RegisterX3,
    WHvArm64RegisterX4, WHvArm64RegisterX5, WHvArm64RegisterX6, WHvArm64RegisterX7, WHvArm64RegisterX8,
    WHvArm64RegisterX9, WHvArm64RegisterX10, WHvArm64RegisterX11, WHvArm64RegisterX12, WHvArm64RegisterX13,
    WHvArm64RegisterX14, WHvArm64RegisterX15, WHvArm64RegisterX16, WHvArm64RegisterX17, WHvArm64RegisterX18,
    WHvArm64RegisterX19, WHvArm64RegisterX20, WHvArm64RegisterX21, WHvArm64RegisterX22, WHvArm64RegisterX23,
    WHvArm64RegisterX24, WHvArm64RegisterX25, WHvArm64RegisterX26, WHvArm64RegisterX27, WHvArm64RegisterX28,
    WHvArm64RegisterFp, WHvArm64RegisterLr, WHvArm64RegisterSp, WHvArm64RegisterSpEl0, WHvArm64RegisterSpEl1,
    WHvArm64RegisterPc, WHvArm64RegisterPstate,
    /* ID registers, for WHV_ANY_VP */
    WHvArm64RegisterIdMidrEl1 = 0x22000, WHvArm64RegisterIdRes01El1, WHvArm64RegisterIdRes02El1,
    WHvArm64RegisterIdRes03El1, WHvArm64RegisterIdRes04El1, WHvArm64RegisterIdMpidrEl1,
    WHvArm64RegisterIdRevidrEl1, WHvArm64RegisterIdRes07El1, WHvArm64RegisterIdPfr0El1,
    WHvArm64RegisterIdPfr1El1, WHvArm64RegisterIdDfr0El1, WHvArm64RegisterIdRes13El1,
    WHvArm64RegisterIdMmfr0El1, WHvArm64RegisterIdMmfr1El1, WHvArm64RegisterIdMmfr2El1,
    WHvArm64RegisterIdMmfr3El1, WHvArm64RegisterIdIsar0El1, WHvArm64RegisterIdIsar1El1,
    WHvArm64RegisterIdIsar2El1, WHvArm64RegisterIdIsar3El1, WHvArm64RegisterIdIsar4El1,
    WHvArm64RegisterIdIsar5El1, WHvArm64RegisterIdRes26El1, WHvArm64RegisterIdRes27El1,
    WHvArm64RegisterIdMvfr0El1, WHvArm64RegisterIdMvfr1El1, WHvArm64RegisterIdMvfr2El1,
    WHvArm64RegisterIdRes33El1, WHvArm64RegisterIdPfr2El1, WHvArm64RegisterIdRes35El1,
    WHvArm64RegisterIdRes36El1, WHvArm64RegisterIdRes37El1, WHvArm64RegisterIdAa64Pfr0El1,
    WHvArm64RegisterIdAa64Pfr1El1, WHvArm64RegisterIdAa64Pfr2El1, WHvArm64RegisterIdRes43El1,
    WHvArm64RegisterIdAa64Zfr0El1, WHvArm64RegisterIdAa64Smfr0El1, WHvArm64RegisterIdRes46El1,
    WHvArm64RegisterIdRes47El1, WHvArm64RegisterIdAa64Dfr0El1, WHvArm64RegisterIdAa64Dfr1El1,
    WHvArm64RegisterIdRes52El1, WHvArm64RegisterIdRes53El1, WHvArm64RegisterIdRes54El1,
    WHvArm64RegisterIdRes55El1, WHvArm64RegisterIdRes56El1, WHvArm64RegisterIdRes57El1,
    WHvArm64RegisterIdAa64Isar0El1, WHvArm64RegisterIdAa64Isar1El1, WHvArm64RegisterIdAa64Isar2El1,
    WHvArm64RegisterIdRes63El1, WHvArm64RegisterIdRes64El1, WHvArm64RegisterIdRes65El1,
    WHvArm64RegisterIdRes66El1, WHvArm64RegisterIdRes67El1, WHvArm64RegisterIdAa64Mmfr0El1,
    WHvArm64RegisterIdAa64Mmfr1El1, WHvArm64RegisterIdAa64Mmfr2El1, WHvArm64RegisterIdAa64Mmfr3El1,
    WHvArm64RegisterIdAa64Mmfr4El1, WHvArm64RegisterIdRes75El1, WHvArm64RegisterIdRes76El1,
    WHvArm64RegisterIdRes77El1, WHvArm64RegisterIdRes80El1, WHvArm64RegisterIdRes81El1,
    WHvArm64RegisterIdRes82El1, WHvArm64RegisterIdRes83El1, WHvArm64RegisterIdRes84El1,
    WHvArm64RegisterIdRes85El1, WHvArm64RegisterIdRes86El1, WHvArm64RegisterIdRes87El1,
    WHvArm64RegisterIdRes90El1, WHvArm64RegisterIdRes91El1, WHvArm64RegisterIdRes92El1,
    WHvArm64RegisterIdRes93El1, WHvArm64RegisterIdRes94El1, WHvArm64RegisterIdRes95El1,
    WHvArm64RegisterIdRes96El1, WHvArm64RegisterIdRes97El1, WHvArm64RegisterIdRes100El1,
    WHvArm64RegisterIdRes101El1, WHvArm64RegisterIdRes102El1, WHvArm64RegisterIdRes103El1,
    WHvArm64RegisterIdRes104El1, WHvArm64RegisterIdRes105El1, WHvArm64RegisterIdRes106El1,
    WHvArm64RegisterIdRes107El1, WHvArm64RegisterIdRes110El1, WHvArm64RegisterIdRes111El1,
    WHvArm64RegisterIdRes112El1, WHvArm64RegisterIdRes113El1, WHvArm64RegisterIdRes114El1,
    WHvArm64RegisterIdRes115El1, WHvArm64RegisterIdRes116El1, WHvArm64RegisterIdRes117El1,
    WHvArm64RegisterIdRes120El1, WHvArm64RegisterIdRes121El1, WHvArm64RegisterIdRes122El1,
    WHvArm64RegisterIdRes123El1, WHvArm64RegisterIdRes124El1, WHvArm64RegisterIdRes125El1,
    WHvArm64RegisterIdRes126El1, WHvArm64RegisterIdRes127El1, WHvArm64RegisterIdRes130El1,
    WHvArm64RegisterIdRes131El1, WHvArm64RegisterIdRes132El1, WHvArm64RegisterIdRes133El1,
    WHvArm64RegisterIdRes134El1, WHvArm64RegisterIdRes135El1, WHvArm64RegisterIdRes136El1,
    WHvArm64RegisterIdRes137El1, WHvArm64RegisterIdRes140El1, WHvArm64RegisterIdRes141El1,
    WHvArm64RegisterIdRes142El1, WHvArm64RegisterIdRes143El1, WHvArm64RegisterIdRes144El1,
    WHvArm64RegisterIdRes145El1, WHvArm64RegisterIdRes146El1, WHvArm64RegisterIdRes147El1,
    WHvArm64RegisterIdRes150El1, WHvArm64RegisterIdRes151El1, WHvArm64RegisterIdRes152El1,
    WHvArm64RegisterIdRes153El1, WHvArm64RegisterIdRes154El1, WHvArm64RegisterIdRes155El1,
    WHvArm64RegisterIdRes156El1, WHvArm64RegisterIdRes157El1,
    /* vector registers */
    WHvArm64RegisterQ0 = 0x30000, WHvArm64RegisterQ1, WHvArm64RegisterQ2, WHvArm64RegisterQ3,
    WHvArm64RegisterQ4, WHvArm64RegisterQ5, WHvArm64RegisterQ6, WHvArm64RegisterQ7, WHvArm64RegisterQ8,
    WHvArm64RegisterQ9, WHvArm64RegisterQ10, WHvArm64RegisterQ11, WHvArm64RegisterQ12, WHvArm64RegisterQ13,
    WHvArm64RegisterQ14, WHvArm64RegisterQ15, WHvArm64RegisterQ16, WHvArm64RegisterQ17, WHvArm64RegisterQ18,
    WHvArm64RegisterQ19, WHvArm64RegisterQ20, WHvArm64RegisterQ21, WHvArm64RegisterQ22, WHvArm64RegisterQ23,
    WHvArm64RegisterQ24, WHvArm64RegisterQ25, WHvArm64RegisterQ26, WHvArm64RegisterQ27, WHvArm64RegisterQ28,
    WHvArm64RegisterQ29, WHvArm64RegisterQ30, WHvArm64RegisterQ31,
    /* system registers */
    WHvArm64RegisterMpidrEl1 = 0x40001, WHvArm64RegisterSctlrEl1, WHvArm64RegisterActlrEl1,
    WHvArm64RegisterCpacrEl1, WHvArm64RegisterTtbr0El1, WHvArm64RegisterTtbr1El1, WHvArm64RegisterTcrEl1,
    WHvArm64RegisterEsrEl1, WHvArm64RegisterFarEl1, WHvArm64RegisterParEl1, WHvArm64RegisterMairEl1,
    WHvArm64RegisterVbarEl1, WHvArm64RegisterContextidrEl1, WHvArm64RegisterTpidrEl1,
    WHvArm64RegisterTpidrroEl0 = 0x40010, WHvArm64RegisterTpidrEl0, WHvArm64RegisterFpcr, WHvArm64RegisterFpsr,
    WHvArm64RegisterSpsrEl1, WHvArm64RegisterElrEl1, WHvArm64RegisterApdAKeyHiEl1 = 0x40026,
    WHvArm64RegisterApdAKeyLoEl1, WHvArm64RegisterApdBKeyHiEl1, WHvArm64RegisterApdBKeyLoEl1,
    WHvArm64RegisterApgAKeyHiEl1, WHvArm64RegisterApgAKeyLoEl1, WHvArm64RegisterApiAKeyHiEl1,
    WHvArm64RegisterApiAKeyLoEl1, WHvArm64RegisterApiBKeyHiEl1, WHvArm64RegisterApiBKeyLoEl1,
    WHvArm64RegisterCsselrEl1 = 0x40035, WHvArm64RegisterMidrEl1 = 0x40051, WHvArm64RegisterSmcrEl1 = 0x4005d,
    WHvArm64RegisterSmidrEl1 = 0x4005f, WHvArm64RegisterSmpriEl1, WHvArm64RegisterTpidr2El0 = 0x40066,
    WHvArm64RegisterZcrEl1 = 0x40071, WHvArm64RegisterSvcr = 0x40082,
    /* debug */
    WHvArm64RegisterDbgbcr0El1 = 0x50000, WHvArm64RegisterDbgbcr1El1, WHvArm64RegisterDbgbcr2El1,
    WHvArm64RegisterDbgbcr3El1, WHvArm64RegisterDbgbcr4El1, WHvArm64RegisterDbgbcr5El1,
    WHvArm64RegisterDbgbcr6El1, WHvArm64RegisterDbgbcr7El1, WHvArm64RegisterDbgbcr8El1,
    WHvArm64RegisterDbgbcr9El1, WHvArm64RegisterDbgbcr10El1, WHvArm64RegisterDbgbcr11El1,
    WHvArm64RegisterDbgbcr12El1, WHvArm64RegisterDbgbcr13El1, WHvArm64RegisterDbgbcr14El1,
    WHvArm64RegisterDbgbcr15El1, WHvArm64RegisterDbgwcr0El1, WHvArm64RegisterDbgwcr1El1,
    WHvArm64RegisterDbgwcr2El1, WHvArm64RegisterDbgwcr3El1, WHvArm64RegisterDbgwcr4El1,
    WHvArm64RegisterDbgwcr5El1, WHvArm64RegisterDbgwcr6El1, WHvArm64RegisterDbgwcr7El1,
    WHvArm64RegisterDbgwcr8El1, WHvArm64RegisterDbgwcr9El1, WHvArm64RegisterDbgwcr10El1,
    WHvArm64RegisterDbgwcr11El1, WHvArm64RegisterDbgwcr12El1, WHvArm64RegisterDbgwcr13El1,
    WHvArm64RegisterDbgwcr14El1, WHvArm64RegisterDbgwcr15El1, WHvArm64RegisterDbgbvr0El1,
    WHvArm64RegisterDbgbvr1El1, WHvArm64RegisterDbgbvr2El1, WHvArm64RegisterDbgbvr3El1,
    WHvArm64RegisterDbgbvr4El1, WHvArm64RegisterDbgbvr5El1, WHvArm64RegisterDbgbvr6El1,
    WHvArm64RegisterDbgbvr7El1, WHvArm64RegisterDbgbvr8El1, WHvArm64RegisterDbgbvr9El1,
    WHvArm64RegisterDbgbvr10El1, WHvArm64RegisterDbgbvr11El1, WHvArm64RegisterDbgbvr12El1,
    WHvArm64RegisterDbgbvr13El1, WHvArm64RegisterDbgbvr14El1, WHvArm64RegisterDbgbvr15El1,
    WHvArm64RegisterDbgwvr0El1, WHvArm64RegisterDbgwvr1El1, WHvArm64RegisterDbgwvr2El1,
    WHvArm64RegisterDbgwvr3El1, WHvArm64RegisterDbgwvr4El1, WHvArm64RegisterDbgwvr5El1,
    WHvArm64RegisterDbgwvr6El1, WHvArm64RegisterDbgwvr7El1, WHvArm64RegisterDbgwvr8El1,
    WHvArm64RegisterDbgwvr9El1, WHvArm64RegisterDbgwvr10El1, WHvArm64RegisterDbgwvr11El1,
    WHvArm64RegisterDbgwvr12El1, WHvArm64RegisterDbgwvr13El1, WHvArm64RegisterDbgwvr14El1,
    WHvArm64RegisterDbgwvr15El1, WHvArm64RegisterDbgprcrEl1 = 0x50045, WHvArm64RegisterMdrarEl1 = 0x5004c,
    WHvArm64RegisterMdscrEl1, WHvArm64RegisterOsdlrEl1, WHvArm64RegisterOslarEl1 = 0x50052,
    WHvArm64RegisterOslsrEl1,
    /* performance monitors */
    WHvArm64RegisterPmccfiltrEl0 = 0x52000, WHvArm64RegisterPmccntrEl0, WHvArm64RegisterPmceid0El0,
    WHvArm64RegisterPmceid1El0, WHvArm64RegisterPmcntenclrEl0, WHvArm64RegisterPmcntensetEl0,
    WHvArm64RegisterPmcrEl0, WHvArm64RegisterPmevcntr0El0, WHvArm64RegisterPmevcntr1El0,
    WHvArm64RegisterPmevcntr2El0, WHvArm64RegisterPmevcntr3El0, WHvArm64RegisterPmevcntr4El0,
    WHvArm64RegisterPmevcntr5El0, WHvArm64RegisterPmevcntr6El0, WHvArm64RegisterPmevcntr7El0,
    WHvArm64RegisterPmevcntr8El0, WHvArm64RegisterPmevcntr9El0, WHvArm64RegisterPmevcntr10El0,
    WHvArm64RegisterPmevcntr11El0, WHvArm64RegisterPmevcntr12El0, WHvArm64RegisterPmevcntr13El0,
    WHvArm64RegisterPmevcntr14El0, WHvArm64RegisterPmevcntr15El0, WHvArm64RegisterPmevcntr16El0,
    WHvArm64RegisterPmevcntr17El0, WHvArm64RegisterPmevcntr18El0, WHvArm64RegisterPmevcntr19El0,
    WHvArm64RegisterPmevcntr20El0, WHvArm64RegisterPmevcntr21El0, WHvArm64RegisterPmevcntr22El0,
    WHvArm64RegisterPmevcntr23El0, WHvArm64RegisterPmevcntr24El0, WHvArm64RegisterPmevcntr25El0,
    WHvArm64RegisterPmevcntr26El0, WHvArm64RegisterPmevcntr27El0, WHvArm64RegisterPmevcntr28El0,
    WHvArm64RegisterPmevcntr29El0, WHvArm64RegisterPmevcntr30El0, WHvArm64RegisterPmevtyper0El0,
    WHvArm64RegisterPmevtyper1El0, WHvArm64RegisterPmevtyper2El0, WHvArm64RegisterPmevtyper3El0,
    WHvArm64RegisterPmevtyper4El0, WHvArm64RegisterPmevtyper5El0, WHvArm64RegisterPmevtyper6El0,
    WHvArm64RegisterPmevtyper7El0, WHvArm64RegisterPmevtyper8El0, WHvArm64RegisterPmevtyper9El0,
    WHvArm64RegisterPmevtyper10El0, WHvArm64RegisterPmevtyper11El0, WHvArm64RegisterPmevtyper12El0,
    WHvArm64RegisterPmevtyper13El0, WHvArm64RegisterPmevtyper14El0, WHvArm64RegisterPmevtyper15El0,
    WHvArm64RegisterPmevtyper16El0, WHvArm64RegisterPmevtyper17El0, WHvArm64RegisterPmevtyper18El0,
    WHvArm64RegisterPmevtyper19El0, WHvArm64RegisterPmevtyper20El0, WHvArm64RegisterPmevtyper21El0,
    WHvArm64RegisterPmevtyper22El0, WHvArm64RegisterPmevtyper23El0, WHvArm64RegisterPmevtyper24El0,
    WHvArm64RegisterPmevtyper25El0, WHvArm64RegisterPmevtyper26El0, WHvArm64RegisterPmevtyper27El0,
    WHvArm64RegisterPmevtyper28El0, WHvArm64RegisterPmevtyper29El0, WHvArm64RegisterPmevtyper30El0,
    WHvArm64RegisterPmintenclrEl1, WHvArm64RegisterPmintensetEl1, WHvArm64RegisterPmovsclrEl0 = 0x52048,
    WHvArm64RegisterPmovssetEl0, WHvArm64RegisterPmselrEl0, WHvArm64RegisterPmuserenrEl0 = 0x5204c,
    /* timers */
    WHvArm64RegisterCntkctlEl1 = 0x58008, WHvArm64RegisterCntvCtlEl0 = 0x5800e, WHvArm64RegisterCntvCvalEl0,
    WHvArm64RegisterCntvctEl0 = 0x58011,
    /* interrupt controller */
    WHvArm64RegisterGicrBaseGpa = 0x63000,
    /* hypervisor */
    WHvRegisterVpRuntime = 0x90000, WHvRegisterGuestOsId = 0x90002, WHvRegisterVpAssistPage = 0x90013,
    WHvArm64RegisterPartitionInfoPage = 0x90015, WHvRegisterReferenceTsc = 0x90017,
    WHvRegisterReferenceTscSequence = 0x9001a,
    /* SynIC */
    WHvRegisterSint0 = 0xa0000, WHvRegisterSint1, WHvRegisterSint2, WHvRegisterSint3, WHvRegisterSint4,
    WHvRegisterSint5, WHvRegisterSint6, WHvRegisterSint7, WHvRegisterSint8, WHvRegisterSint9, WHvRegisterSint10,
    WHvRegisterSint11, WHvRegisterSint12, WHvRegisterSint13, WHvRegisterSint14, WHvRegisterSint15,
    WHvRegisterScontrol, WHvRegisterSversion, WHvRegisterSifp, WHvRegisterSipp, WHvRegisterEom,
    /* names of the same registers as on x64 */
    WHvRegisterSiefp = WHvRegisterSifp, WHvRegisterSimp = WHvRegisterSipp,
    WHvRegisterPendingEvent = WHvRegisterPendingEvent0
#endif
} WHV_REGISTER_NAME;

/**** Register values: never more than 16 bytes, always aligned to 16 ****/

WHV_EXTENSION typedef union DECLSPEC_ALIGN(16) WHV_UINT128
{
    WHV_EXTENSION struct { UINT64 Low64, High64; };
    UINT32 Dword[4];
} WHV_UINT128;

C_ASSERT(sizeof(WHV_UINT128) == 16);

#ifdef WHV_ARCH_X64

typedef struct WHV_X64_SEGMENT_REGISTER
{
    UINT64 Base;
    UINT32 Limit;
    UINT16 Selector;
    WHV_EXTENSION union
    {
        WHV_EXTENSION struct
        {
            UINT16 SegmentType : 4, NonSystemSegment : 1, DescriptorPrivilegeLevel : 2, Present : 1;
            UINT16 Reserved : 4, Available : 1, Long : 1, Default : 1, Granularity : 1;
        };
        UINT16 Attributes;
    };
} WHV_X64_SEGMENT_REGISTER;

C_ASSERT(sizeof(WHV_X64_SEGMENT_REGISTER) == 16);

typedef struct WHV_X64_TABLE_REGISTER
{
    UINT16 Pad[3];
    UINT16 Limit;
    UINT64 Base;
} WHV_X64_TABLE_REGISTER;

C_ASSERT(sizeof(WHV_X64_TABLE_REGISTER) == 16);

typedef union WHV_X64_FP_REGISTER
{
    WHV_EXTENSION struct
    {
        UINT64 Mantissa;
        UINT64 BiasedExponent : 15, Sign : 1, Reserved : 48;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_FP_REGISTER;

C_ASSERT(sizeof(WHV_X64_FP_REGISTER) == 16);

typedef union WHV_X64_FP_CONTROL_STATUS_REGISTER
{
    WHV_EXTENSION struct
    {
        UINT16 FpControl;
        UINT16 FpStatus;
        UINT8  FpTag;           /* abridged: a bit per register, 1 = valid */
        UINT8  Reserved;
        UINT16 LastFpOp;
        WHV_EXTENSION union
        {
            UINT64 LastFpRip;
            WHV_EXTENSION struct { UINT32 LastFpEip; UINT16 LastFpCs, Reserved2; };
        };
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_FP_CONTROL_STATUS_REGISTER;

C_ASSERT(sizeof(WHV_X64_FP_CONTROL_STATUS_REGISTER) == 16);

typedef union WHV_X64_XMM_CONTROL_STATUS_REGISTER
{
    WHV_EXTENSION struct
    {
        WHV_EXTENSION union
        {
            UINT64 LastFpRdp;
            WHV_EXTENSION struct { UINT32 LastFpDp; UINT16 LastFpDs, Reserved; };
        };
        UINT32 XmmStatusControl;
        UINT32 XmmStatusControlMask;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_XMM_CONTROL_STATUS_REGISTER;

C_ASSERT(sizeof(WHV_X64_XMM_CONTROL_STATUS_REGISTER) == 16);

typedef union WHV_X64_INTERRUPT_STATE_REGISTER
{
    WHV_EXTENSION struct { UINT64 InterruptShadow : 1, NmiMasked : 1, Reserved : 62; };
    UINT64 AsUINT64;
} WHV_X64_INTERRUPT_STATE_REGISTER;

C_ASSERT(sizeof(WHV_X64_INTERRUPT_STATE_REGISTER) == 8);

typedef enum WHV_X64_PENDING_INTERRUPTION_TYPE
{
    WHvX64PendingInterrupt = 0,
    WHvX64PendingNmi       = 2,
    WHvX64PendingException = 3
} WHV_X64_PENDING_INTERRUPTION_TYPE, *PWHV_X64_PENDING_INTERRUPTION_TYPE;

typedef union WHV_X64_PENDING_INTERRUPTION_REGISTER
{
    WHV_EXTENSION struct
    {
        UINT32 InterruptionPending : 1, InterruptionType : 3, DeliverErrorCode : 1, InstructionLength : 4;
        UINT32 NestedEvent : 1, Reserved : 6, InterruptionVector : 16;
        UINT32 ErrorCode;
    };
    UINT64 AsUINT64;
} WHV_X64_PENDING_INTERRUPTION_REGISTER;

C_ASSERT(sizeof(WHV_X64_PENDING_INTERRUPTION_REGISTER) == 8);

typedef enum WHV_X64_PENDING_EVENT_TYPE
{
    WHvX64PendingEventException     = 0,
    WHvX64PendingEventExtInt        = 5,
    WHvX64PendingEventSvmNestedExit = 7,
    WHvX64PendingEventVmxNestedExit = 8
} WHV_X64_PENDING_EVENT_TYPE;

typedef union WHV_X64_PENDING_EXCEPTION_EVENT
{
    WHV_EXTENSION struct
    {
        UINT32 EventPending : 1, EventType : 3, Reserved0 : 4, DeliverErrorCode : 1, Reserved1 : 7, Vector : 16;
        UINT32 ErrorCode;
        UINT64 ExceptionParameter;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_EXCEPTION_EVENT;

C_ASSERT(sizeof(WHV_X64_PENDING_EXCEPTION_EVENT) == 16);

typedef union WHV_X64_PENDING_EXT_INT_EVENT
{
    WHV_EXTENSION struct
    {
        UINT64 EventPending : 1, EventType : 3, Reserved0 : 4, Vector : 8, Reserved1 : 48;
        UINT64 Reserved2;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_EXT_INT_EVENT;

C_ASSERT(sizeof(WHV_X64_PENDING_EXT_INT_EVENT) == 16);

/* A pending nested exit is spread over WHvRegisterPendingEvent and ...Event1 to ...Event3. */
typedef union WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT0
{
    WHV_EXTENSION struct
    {
        UINT64 EventPending : 1, EventType : 4, Reserved0 : 3, InstructionBytesValid : 1, Reserved1 : 55;
        UINT64 ExitCode;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT0;

typedef union WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT1
{
    WHV_EXTENSION struct { UINT64 ExitInfo1, ExitInfo2; };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT1;

typedef union WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT2
{
    WHV_EXTENSION struct { UINT64 NextRip; UINT8 InstructionBytesFetchedCount, InstructionBytes[7]; };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT2;

typedef union WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT3
{
    WHV_EXTENSION struct { UINT8 InstructionBytes[8]; UINT64 Reserved2; };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT3;

typedef union WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT0
{
    WHV_EXTENSION struct
    {
        UINT32 EventPending : 1, EventType : 4, Reserved0 : 27;
        UINT32 ExitReason;
        UINT64 ExitQualification;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT0;

typedef union WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT1
{
    WHV_EXTENSION struct
    {
        UINT32 InstructionLength, InstructionInfo, ExitInterruptionInfo, ExitExceptionErrorCode;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT1;

typedef union WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT2
{
    WHV_EXTENSION struct { UINT64 GuestLinearAddress, GuestPhysicalAddress; };
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT2;

typedef union WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT3   /* newer than the published SDK */
{
    UINT64      MsrData;
    WHV_UINT128 AsUINT128;
} WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT3;

typedef union WHV_X64_NESTED_INVEPT_REGISTER
{
    WHV_EXTENSION struct { UINT8 Type, Reserved[7]; UINT64 Eptp; };
    WHV_UINT128 AsUINT128;
} WHV_X64_NESTED_INVEPT_REGISTER;

typedef union WHV_X64_NESTED_INVVPID_REGISTER
{
    WHV_EXTENSION struct { UINT8 Type, Reserved[3]; UINT32 Vpid; UINT64 LinearAddress; };
    WHV_UINT128 AsUINT128;
} WHV_X64_NESTED_INVVPID_REGISTER;

typedef union WHV_X64_NESTED_GUEST_STATE
{
    WHV_EXTENSION struct
    {
        UINT64 NestedVirtActive : 1, NestedGuestMode : 1, VmEntryPending : 1, Reserved0 : 61;
        UINT64 Reserved1;
    };
    WHV_UINT128 AsUINT128;
} WHV_X64_NESTED_GUEST_STATE;

C_ASSERT(sizeof(WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT0) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT1) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT2) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT3) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT0) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT1) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT2) == 16);
C_ASSERT(sizeof(WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT3) == 16);
C_ASSERT(sizeof(WHV_X64_NESTED_INVEPT_REGISTER) == 16);
C_ASSERT(sizeof(WHV_X64_NESTED_INVVPID_REGISTER) == 16);
C_ASSERT(sizeof(WHV_X64_NESTED_GUEST_STATE) == 16);

typedef union WHV_X64_PENDING_DEBUG_EXCEPTION
{
    WHV_EXTENSION struct
    {
        UINT64 Breakpoint0 : 1, Breakpoint1 : 1, Breakpoint2 : 1, Breakpoint3 : 1, SingleStep : 1, Reserved0 : 59;
    };
    UINT64 AsUINT64;
} WHV_X64_PENDING_DEBUG_EXCEPTION;

C_ASSERT(sizeof(WHV_X64_PENDING_DEBUG_EXCEPTION) == 8);

#else /* WHV_ARCH_ARM64 */

typedef enum WHV_ARM64_PENDING_EVENT_TYPE
{
    WHvArm64PendingEventException          = 0,
    WHvArm64PendingEventSyntheticException = 1
} WHV_ARM64_PENDING_EVENT_TYPE;

typedef enum WHV_ARM64_SYNTHETIC_EXCEPTION_TYPE
{
    WHvArm64SyntheticExceptionTypeSmc                 = 0,
    WHvArm64SyntheticExceptionTypeSecure              = 1,
    WHvArm64SyntheticExceptionTypeCrashdump           = 2,
    WHvArm64SyntheticExceptionTypeVirtualizationFault = 3,
    WHvArm64SyntheticExceptionTypeMax                 = 0x40
} WHV_ARM64_SYNTHETIC_EXCEPTION_TYPE;

/* the byte that every pending event begins with */
#define WHV_ARM64_PENDING_EVENT_HEADER  UINT8 EventPending : 1, EventType : 3, Reserved : 4

typedef union WHV_ARM64_PENDING_EXCEPTION_EVENT
{
    WHV_EXTENSION struct
    {
        WHV_ARM64_PENDING_EVENT_HEADER;
        UINT8  Reserved1;
        UINT16 Reserved2;
        UINT32 Reserved3;
        UINT64 EsrElx;
        UINT64 FarElx;
    };
    UINT64 AsUINT64[3];
} WHV_ARM64_PENDING_EXCEPTION_EVENT;

typedef union WHV_ARM64_PENDING_SYNTHETIC_EXCEPTION_EVENT
{
    WHV_EXTENSION struct
    {
        WHV_ARM64_PENDING_EVENT_HEADER;
        UINT8  Reserved1;
        UINT16 Reserved2;
        UINT32 ExceptionType;
        UINT64 Context;
    };
    UINT64 AsUINT64[2];
} WHV_ARM64_PENDING_SYNTHETIC_EXCEPTION_EVENT;

/* WHvRegisterPendingEvent0 and ...Event1 together */
typedef union WHV_ARM64_PENDING_EVENT
{
    WHV_EXTENSION struct { WHV_UINT128 Reg0, Reg1; };
    WHV_EXTENSION struct { WHV_ARM64_PENDING_EVENT_HEADER; UINT8 EventData[15]; };
    WHV_ARM64_PENDING_EXCEPTION_EVENT Exception;
    WHV_ARM64_PENDING_SYNTHETIC_EXCEPTION_EVENT SyntheticException;
} WHV_ARM64_PENDING_EVENT;

C_ASSERT(sizeof(WHV_ARM64_PENDING_EVENT) == 32);

#endif

typedef union WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER
{
    WHV_EXTENSION struct
    {
#ifdef WHV_ARCH_X64
        UINT64 NmiNotification : 1, InterruptNotification : 1, InterruptPriority : 4, Reserved : 42;
#else
        UINT64 Reserved : 48;
#endif
        UINT64 Sint : 16;
    };
    UINT64 AsUINT64;
} WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER, WHV_X64_DELIVERABILITY_NOTIFICATIONS_REGISTER;

C_ASSERT(sizeof(WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER) == 8);

typedef union WHV_INTERNAL_ACTIVITY_REGISTER
{
    WHV_EXTENSION struct { UINT64 StartupSuspend : 1, HaltSuspend : 1, IdleSuspend : 1, Reserved : 61; };
    UINT64 AsUINT64;
} WHV_INTERNAL_ACTIVITY_REGISTER;

C_ASSERT(sizeof(WHV_INTERNAL_ACTIVITY_REGISTER) == 8);

typedef union WHV_REGISTER_VALUE
{
    WHV_UINT128 Reg128;
    UINT64 Reg64;
    UINT32 Reg32;
    UINT16 Reg16;
    UINT8  Reg8;
    WHV_INTERNAL_ACTIVITY_REGISTER            InternalActivity;
    WHV_DELIVERABILITY_NOTIFICATIONS_REGISTER DeliverabilityNotifications;
#ifdef WHV_ARCH_X64
    WHV_X64_FP_REGISTER                       Fp;
    WHV_X64_FP_CONTROL_STATUS_REGISTER        FpControlStatus;
    WHV_X64_XMM_CONTROL_STATUS_REGISTER       XmmControlStatus;
    WHV_X64_SEGMENT_REGISTER                  Segment;
    WHV_X64_TABLE_REGISTER                    Table;
    WHV_X64_INTERRUPT_STATE_REGISTER          InterruptState;
    WHV_X64_PENDING_INTERRUPTION_REGISTER     PendingInterruption;
    WHV_X64_PENDING_EXCEPTION_EVENT           ExceptionEvent;
    WHV_X64_PENDING_EXT_INT_EVENT             ExtIntEvent;
    WHV_X64_PENDING_DEBUG_EXCEPTION           PendingDebugException;
    WHV_X64_NESTED_GUEST_STATE                NestedState;
    WHV_X64_NESTED_INVEPT_REGISTER            InvEpt;
    WHV_X64_NESTED_INVVPID_REGISTER           InvVpid;
    WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT0    SvmNestedExit0;
    WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT1    SvmNestedExit1;
    WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT2    SvmNestedExit2;
    WHV_X64_PENDING_SVM_NESTED_EXIT_EVENT3    SvmNestedExit3;
    WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT0    VmxNestedExit0;
    WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT1    VmxNestedExit1;
    WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT2    VmxNestedExit2;
    WHV_X64_PENDING_VMX_NESTED_EXIT_EVENT3    VmxNestedExit3;
#endif
} WHV_REGISTER_VALUE;

C_ASSERT(sizeof(WHV_REGISTER_VALUE) == 16);

/**** Capabilities and features ****/

typedef enum WHV_CAPABILITY_CODE
{
    WHvCapabilityCodeFeatures                        = 0x0001,
    WHvCapabilityCodeExtendedVmExits                 = 0x0002,
#ifdef WHV_ARCH_X64
    WHvCapabilityCodeExceptionExitBitmap             = 0x0003,
    WHvCapabilityCodeX64MsrExitBitmap                = 0x0004,
#endif
    WHvCapabilityCodeGpaRangePopulateFlags           = 0x0005,
    WHvCapabilityCodeSchedulerFeatures               = 0x0006,
    WHvCapabilityCodeProcessorVendor                 = 0x1000,
    WHvCapabilityCodeProcessorFeatures               = 0x1001,
    WHvCapabilityCodeProcessorClFlushSize            = 0x1002,
#ifdef WHV_ARCH_X64
    WHvCapabilityCodeProcessorXsaveFeatures          = 0x1003,
#endif
    WHvCapabilityCodeProcessorClockFrequency         = 0x1004,
#ifdef WHV_ARCH_X64
    WHvCapabilityCodeInterruptClockFrequency         = 0x1005,
#endif
    WHvCapabilityCodeProcessorFeaturesBanks          = 0x1006,
    WHvCapabilityCodeProcessorFrequencyCap           = 0x1007,
    WHvCapabilityCodeSyntheticProcessorFeaturesBanks = 0x1008,
#ifdef WHV_ARCH_X64
    WHvCapabilityCodeProcessorPerfmonFeatures        = 0x1009,
#endif
    WHvCapabilityCodePhysicalAddressWidth            = 0x100a,
#ifdef WHV_ARCH_X64
    WHvCapabilityCodeVmxBasic                        = 0x2000,
    WHvCapabilityCodeVmxPinbasedCtls                 = 0x2001,
    WHvCapabilityCodeVmxProcbasedCtls                = 0x2002,
    WHvCapabilityCodeVmxExitCtls                     = 0x2003,
    WHvCapabilityCodeVmxEntryCtls                    = 0x2004,
    WHvCapabilityCodeVmxMisc                         = 0x2005,
    WHvCapabilityCodeVmxCr0Fixed0                    = 0x2006,
    WHvCapabilityCodeVmxCr0Fixed1                    = 0x2007,
    WHvCapabilityCodeVmxCr4Fixed0                    = 0x2008,
    WHvCapabilityCodeVmxCr4Fixed1                    = 0x2009,
    WHvCapabilityCodeVmxVmcsEnum                     = 0x200a,
    WHvCapabilityCodeVmxProcbasedCtls2               = 0x200b,
    WHvCapabilityCodeVmxEptVpidCap                   = 0x200c,
    WHvCapabilityCodeVmxTruePinbasedCtls             = 0x200d,
    WHvCapabilityCodeVmxTrueProcbasedCtls            = 0x200e,
    WHvCapabilityCodeVmxTrueExitCtls                 = 0x200f,
    WHvCapabilityCodeVmxTrueEntryCtls                = 0x2010,
#endif
#ifdef WHV_ARCH_ARM64
    WHvCapabilityCodeGicLpiIntIdBits                 = 0x2011,
    WHvCapabilityCodeMaxSveVectorLength              = 0x2012,
    WHvCapabilityCodeMaxSmeStreamingVectorLength     = 0x2013,
#endif
    WHvCapabilityCodeHypervisorPresent               = 0x0000
} WHV_CAPABILITY_CODE;

typedef union WHV_CAPABILITY_FEATURES
{
    WHV_EXTENSION struct
    {
#ifdef WHV_ARCH_X64
        UINT64 PartialUnmap : 1, LocalApicEmulation : 1, Xsave : 1, DirtyPageTracking : 1, SpeculationControl : 1;
        UINT64 ApicRemoteRead : 1, IdleSuspend : 1, VirtualPciDeviceSupport : 1, IommuSupport : 1;
        UINT64 VpHotAddRemove : 1, DeviceAccessTracking : 1, ReservedX640 : 1, Reserved : 52;
#else
        UINT64 PartialUnmap : 1, ReservedArm0 : 2, DirtyPageTracking : 1, SpeculationControl : 1;
        UINT64 ReservedArm1 : 1, IdleSuspend : 1, VirtualPciDeviceSupport : 1, IommuSupport : 1;
        UINT64 VpHotAddRemove : 1, DeviceAccessTracking : 1, Arm64Support : 1, Reserved : 52;
#endif
    };
    UINT64 AsUINT64;
} WHV_CAPABILITY_FEATURES;

C_ASSERT(sizeof(WHV_CAPABILITY_FEATURES) == 8);

typedef union WHV_EXTENDED_VM_EXITS
{
    WHV_EXTENSION struct
    {
#ifdef WHV_ARCH_X64
        UINT64 X64CpuidExit : 1, X64MsrExit : 1, ExceptionExit : 1, X64RdtscExit : 1, X64ApicSmiExitTrap : 1;
        UINT64 HypercallExit : 1, X64ApicInitSipiExitTrap : 1, X64ApicWriteLint0ExitTrap : 1;
        UINT64 X64ApicWriteLint1ExitTrap : 1, X64ApicWriteSvrExitTrap : 1, UnknownSynicConnection : 1;
        UINT64 RetargetUnknownVpciDevice : 1, X64ApicWriteLdrExitTrap : 1, X64ApicWriteDfrExitTrap : 1;
        UINT64 GpaAccessFaultExit : 1, Reserved : 49;
#else
        UINT64 ReservedArm0 : 5, HypercallExit : 1, ReservedArm1 : 4, UnknownSynicConnection : 1;
        UINT64 RetargetUnknownVpciDevice : 1, ReservedArm2 : 2, GpaAccessFaultExit : 1, Reserved : 49;
#endif
    };
    UINT64 AsUINT64;
} WHV_EXTENDED_VM_EXITS;

C_ASSERT(sizeof(WHV_EXTENDED_VM_EXITS) == 8);

typedef enum WHV_PROCESSOR_VENDOR
{
    WHvProcessorVendorAmd   = 0x0000,
    WHvProcessorVendorIntel = 0x0001,
    WHvProcessorVendorHygon = 0x0002,
    WHvProcessorVendorArm   = 0x0010
} WHV_PROCESSOR_VENDOR;

#ifdef WHV_ARCH_X64

typedef union WHV_X64_PROCESSOR_FEATURES
{
    WHV_EXTENSION struct
    {
        UINT64 Sse3Support : 1, LahfSahfSupport : 1, Ssse3Support : 1, Sse4_1Support : 1, Sse4_2Support : 1;
        UINT64 Sse4aSupport : 1, XopSupport : 1, PopCntSupport : 1, Cmpxchg16bSupport : 1, Altmovcr8Support : 1;
        UINT64 LzcntSupport : 1, MisAlignSseSupport : 1, MmxExtSupport : 1, Amd3DNowSupport : 1;
        UINT64 ExtendedAmd3DNowSupport : 1, Page1GbSupport : 1, AesSupport : 1, PclmulqdqSupport : 1;
        UINT64 PcidSupport : 1, Fma4Support : 1, F16CSupport : 1, RdRandSupport : 1, RdWrFsGsSupport : 1;
        UINT64 SmepSupport : 1, EnhancedFastStringSupport : 1, Bmi1Support : 1, Bmi2Support : 1, Reserved0 : 2;
        UINT64 MovbeSupport : 1, Npiep1Support : 1, DepX87FPUSaveSupport : 1, RdSeedSupport : 1, AdxSupport : 1;
        UINT64 IntelPrefetchSupport : 1, SmapSupport : 1, HleSupport : 1, RtmSupport : 1, RdtscpSupport : 1;
        UINT64 ClflushoptSupport : 1, ClwbSupport : 1, ShaSupport : 1, X87PointersSavedSupport : 1;
        UINT64 InvpcidSupport : 1, IbrsSupport : 1, StibpSupport : 1, IbpbSupport : 1;
        UINT64 UnrestrictedGuestSupport : 1, SsbdSupport : 1, FastShortRepMovSupport : 1, Reserved1 : 1;
        UINT64 RdclNo : 1, IbrsAllSupport : 1, Reserved2 : 1, SsbNo : 1, RsbANo : 1, Reserved3 : 1;
        UINT64 RdPidSupport : 1, UmipSupport : 1, MdsNoSupport : 1, MdClearSupport : 1, TaaNoSupport : 1;
        UINT64 TsxCtrlSupport : 1, Reserved : 1;
    };
    UINT64 AsUINT64;
} WHV_X64_PROCESSOR_FEATURES, WHV_PROCESSOR_FEATURES;

typedef union WHV_X64_PROCESSOR_FEATURES1
{
    WHV_EXTENSION struct
    {
        UINT64 ACountMCountSupport : 1, TscInvariantSupport : 1, ClZeroSupport : 1, RdpruSupport : 1;
        UINT64 La57Support : 1, MbecSupport : 1, NestedVirtSupport : 1, PsfdSupport : 1, CetSsSupport : 1;
        UINT64 CetIbtSupport : 1, VmxExceptionInjectSupport : 1, Reserved0 : 1, UmwaitTpauseSupport : 1;
        UINT64 MovdiriSupport : 1, Movdir64bSupport : 1, CldemoteSupport : 1, SerializeSupport : 1;
        UINT64 TscDeadlineTmrSupport : 1, TscAdjustSupport : 1, FZLRepMovsb : 1, FSRepStosb : 1, FSRepCmpsb : 1;
        UINT64 TsxLdTrkSupport : 1, VmxInsOutsExitInfoSupport : 1, Reserved1 : 1, SbdrSsdpNoSupport : 1;
        UINT64 FbsdpNoSupport : 1, PsdpNoSupport : 1, FbClearSupport : 1, BtcNoSupport : 1;
        UINT64 IbpbRsbFlushSupport : 1, StibpAlwaysOnSupport : 1, PerfGlobalCtrlSupport : 1;
        UINT64 NptExecuteOnlySupport : 1, NptADFlagsSupport : 1, Npt1GbPageSupport : 1, Reserved2 : 4;
        UINT64 CmpccxaddSupport : 1, Reserved3 : 4, PrefetchISupport : 1, Sha512Support : 1, Reserved4 : 3;
        UINT64 SM3Support : 1, SM4Support : 1, Reserved5 : 2, SbpbSupported : 1, IbpbBrTypeSupported : 1;
        UINT64 SrsoNoSupported : 1, SrsoUserKernelNoSupported : 1, Reserved : 6;
    };
    UINT64 AsUINT64;
} WHV_X64_PROCESSOR_FEATURES1, WHV_PROCESSOR_FEATURES1;

typedef union WHV_PROCESSOR_XSAVE_FEATURES
{
    WHV_EXTENSION struct
    {
        UINT64 XsaveSupport : 1, XsaveoptSupport : 1, AvxSupport : 1, Avx2Support : 1, FmaSupport : 1;
        UINT64 MpxSupport : 1, Avx512Support : 1, Avx512DQSupport : 1, Avx512CDSupport : 1, Avx512BWSupport : 1;
        UINT64 Avx512VLSupport : 1, XsaveCompSupport : 1, XsaveSupervisorSupport : 1, Xcr1Support : 1;
        UINT64 Avx512BitalgSupport : 1, Avx512IfmaSupport : 1, Avx512VBmiSupport : 1, Avx512VBmi2Support : 1;
        UINT64 Avx512VnniSupport : 1, GfniSupport : 1, VaesSupport : 1, Avx512VPopcntdqSupport : 1;
        UINT64 VpclmulqdqSupport : 1, Avx512Bf16Support : 1, Avx512Vp2IntersectSupport : 1;
        UINT64 Avx512Fp16Support : 1, XfdSupport : 1, AmxTileSupport : 1, AmxBf16Support : 1;
        UINT64 AmxInt8Support : 1, AvxVnniSupport : 1, AvxIfmaSupport : 1, AvxNeConvertSupport : 1;
        UINT64 AvxVnniInt8Support : 1, AvxVnniInt16Support : 1, Avx10_1_256Support : 1, Avx10_1_512Support : 1;
        UINT64 AmxFp16Support : 1, Reserved : 26;
    };
    UINT64 AsUINT64;
} WHV_PROCESSOR_XSAVE_FEATURES, *PWHV_PROCESSOR_XSAVE_FEATURES;

C_ASSERT(sizeof(WHV_PROCESSOR_XSAVE_FEATURES) == 8);

typedef union WHV_PROCESSOR_PERFMON_FEATURES
{
    WHV_EXTENSION struct { UINT64 PmuSupport : 1, LbrSupport : 1, Reserved : 62; };
    UINT64 AsUINT64;
} WHV_PROCESSOR_PERFMON_FEATURES, *PWHV_PROCESSOR_PERFMON_FEATURES;

C_ASSERT(sizeof(WHV_PROCESSOR_PERFMON_FEATURES) == 8);

typedef union WHV_X64_MSR_EXIT_BITMAP
{
    WHV_EXTENSION struct
    {
        UINT64 UnhandledMsrs : 1, TscMsrWrite : 1, TscMsrRead : 1, ApicBaseMsrWrite : 1;
        UINT64 MiscEnableMsrRead : 1, McUpdatePatchLevelMsrRead : 1, Reserved : 58;
    };
    UINT64 AsUINT64;
} WHV_X64_MSR_EXIT_BITMAP;

C_ASSERT(sizeof(WHV_X64_MSR_EXIT_BITMAP) == 8);

#else /* WHV_ARCH_ARM64 */

typedef union WHV_ARM64_PROCESSOR_FEATURES
{
    WHV_EXTENSION struct
    {
        UINT64 Asid16 : 1, TGran16 : 1, TGran64 : 1, Haf : 1, Hdbs : 1, Pan : 1, AtS1E1 : 1, Uao : 1;
        UINT64 El0Aarch32 : 1, Fp : 1, FpHp : 1, AdvSimd : 1, AdvSimdHp : 1, GicV3V4 : 1, GicV41 : 1, Ras : 1;
        UINT64 PmuV3 : 1, PmuV3ArmV81 : 1, PmuV3ArmV84 : 1, PmuV3ArmV85 : 1, Aes : 1, PolyMul : 1, Sha1 : 1;
        UINT64 Sha256 : 1, Sha512 : 1, Crc32 : 1, Atomic : 1, Rdm : 1, Sha3 : 1, Sm3 : 1, Sm4 : 1, Dp : 1;
        UINT64 Fhm : 1, DcCvap : 1, DcCvadp : 1, ApaBase : 1, ApaEp : 1, ApaEp2 : 1, ApaEp2Fp : 1;
        UINT64 ApaEp2Fpc : 1, Jscvt : 1, Fcma : 1, RcpcV83 : 1, RcpcV84 : 1, Gpa : 1, L1ipPipt : 1;
        UINT64 DzPermitted : 1, Ssbs : 1, SsbsRw : 1, Reserved0 : 4, Csv2 : 1, Csv3 : 1, Sb : 1, Idc : 1;
        UINT64 Dic : 1, TlbiOs : 1, TlbiOsRange : 1, FlagsM : 1, FlagsM2 : 1, Bf16 : 1, Ebf16 : 1;
    };
    UINT64 AsUINT64;
} WHV_ARM64_PROCESSOR_FEATURES, WHV_PROCESSOR_FEATURES;

typedef union WHV_ARM64_PROCESSOR_FEATURES1
{
    WHV_EXTENSION struct
    {
        UINT64 SveBf16 : 1, SveEbf16 : 1, I8mm : 1, SveI8mm : 1, Frintts : 1, Specres : 1, Reserved0 : 1;
        UINT64 Rpres : 1, Exs : 1, SpecSei : 1, Ets : 1, Afp : 1, Iesb : 1, Rng : 1, Lse2 : 1, Idst : 1;
        UINT64 Reserved1 : 6, Ccidx : 1, Reserved2 : 12, TtCnp : 1, Hpds : 1, Sve : 1, SveV2 : 1, SveV2P1 : 1;
        UINT64 SpecFpacc : 1, SveAes : 1, SveBitPerm : 1, SveSha3 : 1, SveSm4 : 1, E0PD : 1, Reserved : 18;
    };
    UINT64 AsUINT64;
} WHV_ARM64_PROCESSOR_FEATURES1, WHV_PROCESSOR_FEATURES1;

#endif

C_ASSERT(sizeof(WHV_PROCESSOR_FEATURES) == 8);
C_ASSERT(sizeof(WHV_PROCESSOR_FEATURES1) == 8);

typedef struct WHV_PROCESSOR_FEATURES_BANKS
{
    UINT32 BanksCount;
    UINT32 Reserved0;
    WHV_EXTENSION union
    {
        WHV_EXTENSION struct { WHV_PROCESSOR_FEATURES Bank0; WHV_PROCESSOR_FEATURES1 Bank1; };
        UINT64 AsUINT64[WHV_PROCESSOR_FEATURES_BANKS_COUNT];
    };
} WHV_PROCESSOR_FEATURES_BANKS;

C_ASSERT(sizeof(WHV_PROCESSOR_FEATURES_BANKS) == 24);

typedef union WHV_SYNTHETIC_PROCESSOR_FEATURES
{
    WHV_EXTENSION struct
    {
#ifdef WHV_ARCH_X64
        UINT64 HypervisorPresent : 1, Hv1 : 1, AccessVpRunTimeReg : 1, AccessPartitionReferenceCounter : 1;
        UINT64 AccessSynicRegs : 1, AccessSyntheticTimerRegs : 1, AccessIntrCtrlRegs : 1;
        UINT64 AccessHypercallRegs : 1, AccessVpIndex : 1, AccessPartitionReferenceTsc : 1;
        UINT64 AccessGuestIdleReg : 1, AccessFrequencyRegs : 1, ReservedZ0 : 3;
        UINT64 EnableExtendedGvaRangesForFlushVirtualAddressList : 1, ReservedZ1 : 2, FastHypercallOutput : 1;
        UINT64 ReservedZ2 : 3, DirectSyntheticTimers : 1, ReservedZ3 : 1, ExtendedProcessorMasks : 1;
        UINT64 TbFlushHypercalls : 1, SyntheticClusterIpi : 1, NotifyLongSpinWait : 1, QueryNumaDistance : 1;
        UINT64 SignalEvents : 1, RetargetDeviceInterrupt : 1, RestoreTime : 1, EnlightenedVmcs : 1;
        UINT64 NestedDebugCtl : 1, SyntheticTimeUnhaltedTimer : 1, IdleSpecCtrl : 1, ReservedZ4 : 1;
        UINT64 WakeVps : 1, AccessVpRegs : 1, ReservedZ : 25;
#else
        UINT64 HypervisorPresent : 1, Hv1 : 1, AccessVpRunTimeReg : 1, AccessPartitionReferenceCounter : 1;
        UINT64 AccessSynicRegs : 1, AccessSyntheticTimerRegs : 1, AccessIntrCtrlRegs : 1;
        UINT64 AccessHypercallRegs : 1, AccessVpIndex : 1, AccessPartitionReferenceTsc : 1, ReservedZ0 : 8;
        UINT64 FastHypercallOutput : 1, ReservedZ1 : 3, DirectSyntheticTimers : 1, ReservedZ2 : 1;
        UINT64 ExtendedProcessorMasks : 1, TbFlushHypercalls : 1, SyntheticClusterIpi : 1;
        UINT64 NotifyLongSpinWait : 1, QueryNumaDistance : 1, SignalEvents : 1, RetargetDeviceInterrupt : 1;
        UINT64 ReservedZ3 : 6, WakeVps : 1, AccessVpRegs : 1, SyncContext : 1, ReservedZ : 24;
#endif
    };
    UINT64 AsUINT64;
} WHV_SYNTHETIC_PROCESSOR_FEATURES;

C_ASSERT(sizeof(WHV_SYNTHETIC_PROCESSOR_FEATURES) == 8);

typedef struct WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS
{
    UINT32 BanksCount;
    UINT32 Reserved0;
    WHV_EXTENSION union
    {
        WHV_EXTENSION struct { WHV_SYNTHETIC_PROCESSOR_FEATURES Bank0; };
        UINT64 AsUINT64[WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS_COUNT];
    };
} WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS;

C_ASSERT(sizeof(WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS) == 16);

typedef struct WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP
{
    UINT32 IsSupported : 1, Reserved : 31;
    UINT32 HighestFrequencyMhz;
    UINT32 NominalFrequencyMhz;
    UINT32 LowestFrequencyMhz;
    UINT32 FrequencyStepMhz;
} WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP;

C_ASSERT(sizeof(WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP) == 20);

typedef union WHV_SCHEDULER_FEATURES
{
    WHV_EXTENSION struct
    {
        UINT64 CpuReserve : 1, CpuCap : 1, CpuWeight : 1, CpuGroupId : 1, DisableSmt : 1, Reserved : 59;
    };
    UINT64 AsUINT64;
} WHV_SCHEDULER_FEATURES;

C_ASSERT(sizeof(WHV_SCHEDULER_FEATURES) == 8);

typedef union WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS
{
    WHV_EXTENSION struct { UINT32 Prefetch : 1, AvoidHardFaults : 1, Reserved : 30; };
    UINT32 AsUINT32;
} WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS;

C_ASSERT(sizeof(WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS) == 4);

typedef union WHV_CAPABILITY
{
    BOOL                                   HypervisorPresent;
    WHV_CAPABILITY_FEATURES                Features;
    WHV_EXTENDED_VM_EXITS                  ExtendedVmExits;
    WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS    GpaRangePopulateFlags;
    WHV_SCHEDULER_FEATURES                 SchedulerFeatures;
    WHV_PROCESSOR_VENDOR                   ProcessorVendor;
    WHV_PROCESSOR_FEATURES                 ProcessorFeatures;
    UINT8                                  ProcessorClFlushSize;   /* in 8 bytes */
    UINT64                                 ProcessorClockFrequency;
    WHV_PROCESSOR_FEATURES_BANKS           ProcessorFeaturesBanks;
    WHV_CAPABILITY_PROCESSOR_FREQUENCY_CAP ProcessorFrequencyCap;
    WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS SyntheticProcessorFeaturesBanks;
    UINT32                                 PhysicalAddressWidth;
    UINT64                                 NestedFeatureRegister;  /* every ...CodeVmx... */
#ifdef WHV_ARCH_X64
    UINT64                                 ExceptionExitBitmap;
    WHV_X64_MSR_EXIT_BITMAP                X64MsrExitBitmap;
    WHV_PROCESSOR_XSAVE_FEATURES           ProcessorXsaveFeatures;
    UINT64                                 InterruptClockFrequency;
    WHV_PROCESSOR_PERFMON_FEATURES         ProcessorPerfmonFeatures;
#else
    UINT32                                 GicLpiIntIdBits;
    UINT32                                 MaxSveVectorLength;
    UINT32                                 MaxSmeStreamingVectorLength;
#endif
} WHV_CAPABILITY;

C_ASSERT(sizeof(WHV_CAPABILITY) == 24);

/**** Partition properties ****/

typedef enum WHV_PARTITION_PROPERTY_CODE
{
    WHvPartitionPropertyCodeExtendedVmExits                 = 0x0001,
#ifdef WHV_ARCH_X64
    WHvPartitionPropertyCodeExceptionExitBitmap             = 0x0002,
#endif
    WHvPartitionPropertyCodeSeparateSecurityDomain          = 0x0003,
    WHvPartitionPropertyCodeNestedVirtualization            = 0x0004,
#ifdef WHV_ARCH_X64
    WHvPartitionPropertyCodeX64MsrExitBitmap                = 0x0005,
#endif
    WHvPartitionPropertyCodePrimaryNumaNode                 = 0x0006,
    WHvPartitionPropertyCodeCpuReserve                      = 0x0007,
    WHvPartitionPropertyCodeCpuCap                          = 0x0008,
    WHvPartitionPropertyCodeCpuWeight                       = 0x0009,
    WHvPartitionPropertyCodeCpuGroupId                      = 0x000a,
    WHvPartitionPropertyCodeProcessorFrequencyCap           = 0x000b,
    WHvPartitionPropertyCodeAllowDeviceAssignment           = 0x000c,
    WHvPartitionPropertyCodeDisableSmt                      = 0x000d,
    WHvPartitionPropertyCodeProcessorFeatures               = 0x1001,
    WHvPartitionPropertyCodeProcessorClFlushSize            = 0x1002,
#ifdef WHV_ARCH_X64
    WHvPartitionPropertyCodeCpuidExitList                   = 0x1003,
    WHvPartitionPropertyCodeCpuidResultList                 = 0x1004,
    WHvPartitionPropertyCodeLocalApicEmulationMode          = 0x1005,
    WHvPartitionPropertyCodeProcessorXsaveFeatures          = 0x1006,
#endif
    WHvPartitionPropertyCodeProcessorClockFrequency         = 0x1007,
#ifdef WHV_ARCH_X64
    WHvPartitionPropertyCodeInterruptClockFrequency         = 0x1008,
    WHvPartitionPropertyCodeApicRemoteReadSupport           = 0x1009,
#endif
    WHvPartitionPropertyCodeProcessorFeaturesBanks          = 0x100a,
    WHvPartitionPropertyCodeReferenceTime                   = 0x100b,
    WHvPartitionPropertyCodeSyntheticProcessorFeaturesBanks = 0x100c,
#ifdef WHV_ARCH_X64
    WHvPartitionPropertyCodeCpuidResultList2                = 0x100d,
    WHvPartitionPropertyCodeProcessorPerfmonFeatures        = 0x100e,
    WHvPartitionPropertyCodeMsrActionList                   = 0x100f,
    WHvPartitionPropertyCodeUnimplementedMsrAction          = 0x1010,
#endif
    WHvPartitionPropertyCodePhysicalAddressWidth            = 0x1011,
#ifdef WHV_ARCH_ARM64
    WHvPartitionPropertyCodeArm64IcParameters               = 0x1012,
#endif
    WHvPartitionPropertyCodeProcessorCount                  = 0x1fff
} WHV_PARTITION_PROPERTY_CODE;

#ifdef WHV_ARCH_X64

typedef struct WHV_CPUID_OUTPUT
{
    UINT32 Eax, Ebx, Ecx, Edx;
} WHV_CPUID_OUTPUT;

C_ASSERT(sizeof(WHV_CPUID_OUTPUT) == 16);

typedef struct WHV_X64_CPUID_RESULT
{
    UINT32 Function;
    UINT32 Reserved[3];
    UINT32 Eax, Ebx, Ecx, Edx;
} WHV_X64_CPUID_RESULT;

C_ASSERT(sizeof(WHV_X64_CPUID_RESULT) == 32);

typedef enum WHV_X64_CPUID_RESULT2_FLAGS
{
    WHvX64CpuidResult2FlagSubleafSpecific = 0x1,
    WHvX64CpuidResult2FlagVpSpecific      = 0x2
} WHV_X64_CPUID_RESULT2_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_X64_CPUID_RESULT2_FLAGS)

typedef struct WHV_X64_CPUID_RESULT2
{
    UINT32                      Function;
    UINT32                      Index;
    UINT32                      VpIndex;
    WHV_X64_CPUID_RESULT2_FLAGS Flags;
    WHV_CPUID_OUTPUT            Output;
    WHV_CPUID_OUTPUT            Mask;       /* 1 = take the bit from Output */
} WHV_X64_CPUID_RESULT2;

C_ASSERT(sizeof(WHV_X64_CPUID_RESULT2) == 48);

typedef enum WHV_MSR_ACTION
{
    WHvMsrActionArchitectureDefault = 0,
    WHvMsrActionIgnoreWriteReadZero = 1,
    WHvMsrActionExit                = 2
} WHV_MSR_ACTION;

typedef struct WHV_MSR_ACTION_ENTRY
{
    UINT32 Index;
    UINT8  ReadAction;      /* WHV_MSR_ACTION */
    UINT8  WriteAction;
    UINT16 Reserved;
} WHV_MSR_ACTION_ENTRY;

C_ASSERT(sizeof(WHV_MSR_ACTION_ENTRY) == 8);

typedef enum WHV_EXCEPTION_TYPE
{
    WHvX64ExceptionTypeDivideErrorFault             = 0x00,
    WHvX64ExceptionTypeDebugTrapOrFault             = 0x01,
    WHvX64ExceptionTypeBreakpointTrap               = 0x03,
    WHvX64ExceptionTypeOverflowTrap                 = 0x04,
    WHvX64ExceptionTypeBoundRangeFault              = 0x05,
    WHvX64ExceptionTypeInvalidOpcodeFault           = 0x06,
    WHvX64ExceptionTypeDeviceNotAvailableFault      = 0x07,
    WHvX64ExceptionTypeDoubleFaultAbort             = 0x08,
    WHvX64ExceptionTypeInvalidTaskStateSegmentFault = 0x0a,
    WHvX64ExceptionTypeSegmentNotPresentFault       = 0x0b,
    WHvX64ExceptionTypeStackFault                   = 0x0c,
    WHvX64ExceptionTypeGeneralProtectionFault       = 0x0d,
    WHvX64ExceptionTypePageFault                    = 0x0e,
    WHvX64ExceptionTypeFloatingPointErrorFault      = 0x10,
    WHvX64ExceptionTypeAlignmentCheckFault          = 0x11,
    WHvX64ExceptionTypeMachineCheckAbort            = 0x12,
    WHvX64ExceptionTypeSimdFloatingPointFault       = 0x13,
    WHvX64ExceptionTypeControlProtectionFault       = 0x15
} WHV_EXCEPTION_TYPE;

typedef enum WHV_X64_LOCAL_APIC_EMULATION_MODE
{
    WHvX64LocalApicEmulationModeNone   = 0,
    WHvX64LocalApicEmulationModeXApic  = 1,
    WHvX64LocalApicEmulationModeX2Apic = 2
} WHV_X64_LOCAL_APIC_EMULATION_MODE;

#else /* WHV_ARCH_ARM64 */

typedef enum WHV_ARM64_IC_EMULATION_MODE
{
    WHvArm64IcEmulationModeNone  = 0,
    WHvArm64IcEmulationModeGicV3 = 1
} WHV_ARM64_IC_EMULATION_MODE;

typedef UINT32 WHV_ARM64_INTERRUPT_VECTOR;

typedef struct WHV_ARM64_IC_GIC_V3_PARAMETERS
{
    WHV_GUEST_PHYSICAL_ADDRESS GicdBaseAddress;
    WHV_GUEST_PHYSICAL_ADDRESS GitsTranslaterBaseAddress;
    UINT32                     Reserved;
    UINT32                     GicLpiIntIdBits;
    WHV_ARM64_INTERRUPT_VECTOR GicPpiOverflowInterruptFromCntv;
    WHV_ARM64_INTERRUPT_VECTOR GicPpiPerformanceMonitorsInterrupt;
    UINT32                     Reserved1[6];
} WHV_ARM64_IC_GIC_V3_PARAMETERS;

C_ASSERT(sizeof(WHV_ARM64_IC_GIC_V3_PARAMETERS) == 56);

typedef struct WHV_ARM64_IC_PARAMETERS
{
    WHV_ARM64_IC_EMULATION_MODE EmulationMode;
    UINT32                      Reserved;
    WHV_EXTENSION union { WHV_ARM64_IC_GIC_V3_PARAMETERS GicV3Parameters; };
} WHV_ARM64_IC_PARAMETERS;

C_ASSERT(sizeof(WHV_ARM64_IC_PARAMETERS) == 64);

#endif

typedef union WHV_PARTITION_PROPERTY
{
    WHV_EXTENDED_VM_EXITS                  ExtendedVmExits;
    BOOL                                   SeparateSecurityDomain;
    BOOL                                   NestedVirtualization;
    USHORT                                 PrimaryNumaNode;
    UINT32                                 CpuReserve;
    UINT32                                 CpuCap;
    UINT32                                 CpuWeight;
    UINT64                                 CpuGroupId;
    UINT32                                 ProcessorFrequencyCap;
    BOOL                                   AllowDeviceAssignment;
    BOOL                                   DisableSmt;
    WHV_PROCESSOR_FEATURES                 ProcessorFeatures;
    UINT8                                  ProcessorClFlushSize;
    UINT64                                 ProcessorClockFrequency;
    WHV_PROCESSOR_FEATURES_BANKS           ProcessorFeaturesBanks;
    UINT64                                 ReferenceTime;
    WHV_SYNTHETIC_PROCESSOR_FEATURES_BANKS SyntheticProcessorFeaturesBanks;
    UINT32                                 PhysicalAddressWidth;
    UINT32                                 ProcessorCount;
#ifdef WHV_ARCH_X64
    UINT64                                 ExceptionExitBitmap;
    WHV_X64_MSR_EXIT_BITMAP                X64MsrExitBitmap;
    UINT32                                 CpuidExitList[1];
    WHV_X64_CPUID_RESULT                   CpuidResultList[1];
    WHV_X64_CPUID_RESULT2                  CpuidResultList2[1];
    WHV_X64_LOCAL_APIC_EMULATION_MODE      LocalApicEmulationMode;
    WHV_PROCESSOR_XSAVE_FEATURES           ProcessorXsaveFeatures;
    UINT64                                 InterruptClockFrequency;
    BOOL                                   ApicRemoteRead;
    WHV_PROCESSOR_PERFMON_FEATURES         ProcessorPerfmonFeatures;
    WHV_MSR_ACTION_ENTRY                   MsrActionList[1];
    WHV_MSR_ACTION                         UnimplementedMsrAction;
#else
    WHV_ARM64_IC_PARAMETERS                Arm64IcParameters;
#endif
} WHV_PARTITION_PROPERTY;

#ifdef WHV_ARCH_X64
C_ASSERT(sizeof(WHV_PARTITION_PROPERTY) == 48);
#else
C_ASSERT(sizeof(WHV_PARTITION_PROPERTY) == 64);
#endif

/**** Virtual trust levels: types that the SDK has, no public function takes them ****/

typedef union WHV_INPUT_VTL
{
    WHV_EXTENSION struct { UINT8 TargetVtl : 4, UseTargetVtl : 1, Reserved : 3; };
    UINT8 AsUINT8;
} WHV_INPUT_VTL;

typedef union WHV_ENABLE_PARTITION_VTL_FLAGS
{
    WHV_EXTENSION struct
    {
        UINT8 EnableMbec : 1, EnableSupervisorShadowStack : 1, EnableHardwareHvpt : 1, Reserved : 5;
    };
    UINT8 AsUINT8;
} WHV_ENABLE_PARTITION_VTL_FLAGS;

typedef union WHV_DISABLE_PARTITION_VTL_FLAGS
{
    WHV_EXTENSION struct { UINT8 ScrubOnly : 1, Reserved : 7; };
    UINT8 AsUINT8;
} WHV_DISABLE_PARTITION_VTL_FLAGS;

typedef union WHV_DISABLE_VP_VTL_FLAGS
{
    WHV_EXTENSION struct { UINT8 ScrubOnly : 1, Reserved : 7; };
    UINT8 AsUINT8;
} WHV_DISABLE_VP_VTL_FLAGS;

typedef union WHV_VTL_PERMISSION_SET
{
    WHV_EXTENSION struct { UINT16 VtlPermissionFrom1[2]; };
    UINT32 AsUINT32;
} WHV_VTL_PERMISSION_SET;

typedef struct WHV_INITIAL_VP_CONTEXT
{
#ifdef WHV_ARCH_X64
    UINT64                   Rip, Rsp, Rflags;
    WHV_X64_SEGMENT_REGISTER Cs, Ds, Es, Fs, Gs, Ss, Tr, Ldtr;
    WHV_X64_TABLE_REGISTER   Idtr, Gdtr;
    UINT64                   Efer, Cr0, Cr3, Cr4, MsrCrPat;
#else
    UINT64 Pc, Sp_ELh, SCTLR_EL1, MAIR_EL1, TCR_EL1, VBAR_EL1, TTBR0_EL1, TTBR1_EL1, X18;
#endif
} WHV_INITIAL_VP_CONTEXT;

/**** Guest memory ****/

typedef enum WHV_MAP_GPA_RANGE_FLAGS
{
    WHvMapGpaRangeFlagNone            = 0x0,
    WHvMapGpaRangeFlagRead            = 0x1,
    WHvMapGpaRangeFlagWrite           = 0x2,
    WHvMapGpaRangeFlagExecute         = 0x4,
    WHvMapGpaRangeFlagTrackDirtyPages = 0x8
} WHV_MAP_GPA_RANGE_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_MAP_GPA_RANGE_FLAGS)

typedef enum WHV_TRANSLATE_GVA_FLAGS
{
    WHvTranslateGvaFlagNone             = 0x000,
    WHvTranslateGvaFlagValidateRead     = 0x001,
    WHvTranslateGvaFlagValidateWrite    = 0x002,
    WHvTranslateGvaFlagValidateExecute  = 0x004,
#ifdef WHV_ARCH_X64
    WHvTranslateGvaFlagPrivilegeExempt  = 0x008,
    WHvTranslateGvaFlagEnforceSmap      = 0x100,
    WHvTranslateGvaFlagOverrideSmap     = 0x200,
#endif
    WHvTranslateGvaFlagSetPageTableBits = 0x010
} WHV_TRANSLATE_GVA_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_TRANSLATE_GVA_FLAGS)

typedef union WHV_TRANSLATE_GVA_2_FLAGS
{
    WHV_EXTENSION struct
    {
#ifdef WHV_ARCH_X64
        UINT64 ValidateRead : 1, ValidateWrite : 1, ValidateExecute : 1, PrivilegeExempt : 1, SetPageTableBits : 1;
        UINT64 Reserved1 : 3, EnforceSmap : 1, OverrideSmap : 1, Reserved4 : 46, InputVtl : 8;
#else
        UINT64 ValidateRead : 1, ValidateWrite : 1, ValidateExecute : 1, Reserved0 : 1, SetPageTableBits : 1;
        UINT64 Reserved1 : 3, Reserved2 : 1, Reserved3 : 1, Reserved4 : 46, InputVtl : 8;
#endif
    };
    UINT64 AsUINT64;
} WHV_TRANSLATE_GVA_2_FLAGS;

C_ASSERT(sizeof(WHV_TRANSLATE_GVA_2_FLAGS) == 8);

typedef enum WHV_TRANSLATE_GVA_RESULT_CODE
{
    WHvTranslateGvaResultSuccess                 = 0,
    WHvTranslateGvaResultPageNotPresent          = 1,
    WHvTranslateGvaResultPrivilegeViolation      = 2,
    WHvTranslateGvaResultInvalidPageTableFlags   = 3,
    WHvTranslateGvaResultGpaUnmapped             = 4,
    WHvTranslateGvaResultGpaNoReadAccess         = 5,
    WHvTranslateGvaResultGpaNoWriteAccess        = 6,
    WHvTranslateGvaResultGpaIllegalOverlayAccess = 7,
    WHvTranslateGvaResultIntercept               = 8
} WHV_TRANSLATE_GVA_RESULT_CODE;

typedef struct WHV_TRANSLATE_GVA_RESULT
{
    WHV_TRANSLATE_GVA_RESULT_CODE ResultCode;
    UINT32                        Reserved;
} WHV_TRANSLATE_GVA_RESULT;

C_ASSERT(sizeof(WHV_TRANSLATE_GVA_RESULT) == 8);

typedef struct WHV_MEMORY_RANGE_ENTRY
{
    UINT64 GuestAddress;
    UINT64 SizeInBytes;
} WHV_MEMORY_RANGE_ENTRY;

C_ASSERT(sizeof(WHV_MEMORY_RANGE_ENTRY) == 16);

typedef enum WHV_MEMORY_ACCESS_TYPE
{
    WHvMemoryAccessRead    = 0,
    WHvMemoryAccessWrite   = 1,
    WHvMemoryAccessExecute = 2
} WHV_MEMORY_ACCESS_TYPE;

typedef enum WHV_ADVISE_GPA_RANGE_CODE
{
    WHvAdviseGpaRangeCodePopulate = 0,
    WHvAdviseGpaRangeCodePin      = 1,
    WHvAdviseGpaRangeCodeUnpin    = 2
} WHV_ADVISE_GPA_RANGE_CODE;

typedef struct WHV_ADVISE_GPA_RANGE_POPULATE
{
    WHV_ADVISE_GPA_RANGE_POPULATE_FLAGS Flags;
    WHV_MEMORY_ACCESS_TYPE              AccessType;
} WHV_ADVISE_GPA_RANGE_POPULATE;

C_ASSERT(sizeof(WHV_ADVISE_GPA_RANGE_POPULATE) == 8);

typedef union WHV_ADVISE_GPA_RANGE
{
    WHV_ADVISE_GPA_RANGE_POPULATE Populate;
} WHV_ADVISE_GPA_RANGE;

C_ASSERT(sizeof(WHV_ADVISE_GPA_RANGE) == 8);

typedef enum WHV_CACHE_TYPE
{
    WHvCacheTypeUncached       = 0,
    WHvCacheTypeWriteCombining = 1,
    WHvCacheTypeWriteThrough   = 4,
#ifdef WHV_ARCH_X64
    WHvCacheTypeWriteProtected = 5,
#endif
    WHvCacheTypeWriteBack      = 6
} WHV_CACHE_TYPE;

typedef union WHV_ACCESS_GPA_CONTROLS
{
    WHV_EXTENSION struct
    {
        WHV_CACHE_TYPE CacheType;
        WHV_INPUT_VTL  InputVtl;
        UINT8          Reserved;
        UINT16         Reserved1;
    };
    UINT64 AsUINT64;
} WHV_ACCESS_GPA_CONTROLS;

C_ASSERT(sizeof(WHV_ACCESS_GPA_CONTROLS) == 8);

/**** Exits ****/

#ifdef WHV_ARCH_X64

typedef enum WHV_RUN_VP_EXIT_REASON
{
    WHvRunVpExitReasonNone                   = 0x0000,
    WHvRunVpExitReasonMemoryAccess           = 0x0001,
    WHvRunVpExitReasonX64IoPortAccess        = 0x0002,
    WHvRunVpExitReasonUnrecoverableException = 0x0004,
    WHvRunVpExitReasonInvalidVpRegisterValue = 0x0005,
    WHvRunVpExitReasonUnsupportedFeature     = 0x0006,
    WHvRunVpExitReasonX64InterruptWindow     = 0x0007,
    WHvRunVpExitReasonX64Halt                = 0x0008,
    WHvRunVpExitReasonX64ApicEoi             = 0x0009,
    WHvRunVpExitReasonSynicSintDeliverable   = 0x000a,
    WHvRunVpExitReasonX64MsrAccess           = 0x1000,
    WHvRunVpExitReasonX64Cpuid               = 0x1001,
    WHvRunVpExitReasonException              = 0x1002,
    WHvRunVpExitReasonX64Rdtsc               = 0x1003,
    WHvRunVpExitReasonX64ApicSmiTrap         = 0x1004,
    WHvRunVpExitReasonHypercall              = 0x1005,
    WHvRunVpExitReasonX64ApicInitSipiTrap    = 0x1006,
    WHvRunVpExitReasonX64ApicWriteTrap       = 0x1007,
    WHvRunVpExitReasonCanceled               = 0x2001
} WHV_RUN_VP_EXIT_REASON;

typedef union WHV_X64_VP_EXECUTION_STATE
{
    WHV_EXTENSION struct
    {
        UINT16 Cpl : 2, Cr0Pe : 1, Cr0Am : 1, EferLma : 1, DebugActive : 1, InterruptionPending : 1;
        UINT16 Reserved0 : 5, InterruptShadow : 1, Reserved1 : 3;
    };
    UINT16 AsUINT16;
} WHV_X64_VP_EXECUTION_STATE;

C_ASSERT(sizeof(WHV_X64_VP_EXECUTION_STATE) == 2);

WHV_EXTENSION typedef struct WHV_X64_VP_EXIT_CONTEXT
{
    WHV_X64_VP_EXECUTION_STATE ExecutionState;
    UINT8                      InstructionLength : 4, Cr8 : 4;
    UINT8                      Reserved;
    UINT32                     Reserved2;
    WHV_X64_SEGMENT_REGISTER   Cs;
    UINT64                     Rip;
    UINT64                     Rflags;
} WHV_X64_VP_EXIT_CONTEXT, WHV_VP_EXIT_CONTEXT;

C_ASSERT(sizeof(WHV_VP_EXIT_CONTEXT) == 40);

typedef union WHV_MEMORY_ACCESS_INFO
{
    WHV_EXTENSION struct { UINT32 AccessType : 2, GpaUnmapped : 1, GvaValid : 1, Reserved : 28; };
    UINT32 AsUINT32;
} WHV_MEMORY_ACCESS_INFO;

C_ASSERT(sizeof(WHV_MEMORY_ACCESS_INFO) == 4);

typedef struct WHV_MEMORY_ACCESS_CONTEXT
{
    UINT8                      InstructionByteCount;
    UINT8                      Reserved[3];
    UINT8                      InstructionBytes[16];
    WHV_MEMORY_ACCESS_INFO     AccessInfo;
    WHV_GUEST_PHYSICAL_ADDRESS Gpa;
    WHV_GUEST_VIRTUAL_ADDRESS  Gva;
} WHV_MEMORY_ACCESS_CONTEXT;

C_ASSERT(sizeof(WHV_MEMORY_ACCESS_CONTEXT) == 40);

typedef union WHV_X64_IO_PORT_ACCESS_INFO
{
    WHV_EXTENSION struct { UINT32 IsWrite : 1, AccessSize : 3, StringOp : 1, RepPrefix : 1, Reserved : 26; };
    UINT32 AsUINT32;
} WHV_X64_IO_PORT_ACCESS_INFO;

C_ASSERT(sizeof(WHV_X64_IO_PORT_ACCESS_INFO) == 4);

typedef struct WHV_X64_IO_PORT_ACCESS_CONTEXT
{
    UINT8                       InstructionByteCount;
    UINT8                       Reserved[3];
    UINT8                       InstructionBytes[16];
    WHV_X64_IO_PORT_ACCESS_INFO AccessInfo;
    UINT16                      PortNumber;
    UINT16                      Reserved2[3];
    UINT64                      Rax, Rcx, Rsi, Rdi;
    WHV_X64_SEGMENT_REGISTER    Ds, Es;
} WHV_X64_IO_PORT_ACCESS_CONTEXT;

C_ASSERT(sizeof(WHV_X64_IO_PORT_ACCESS_CONTEXT) == 96);

typedef union WHV_X64_MSR_ACCESS_INFO
{
    WHV_EXTENSION struct { UINT32 IsWrite : 1, Reserved : 31; };
    UINT32 AsUINT32;
} WHV_X64_MSR_ACCESS_INFO;

C_ASSERT(sizeof(WHV_X64_MSR_ACCESS_INFO) == 4);

typedef struct WHV_X64_MSR_ACCESS_CONTEXT
{
    WHV_X64_MSR_ACCESS_INFO AccessInfo;
    UINT32                  MsrNumber;
    UINT64                  Rax, Rdx;
} WHV_X64_MSR_ACCESS_CONTEXT;

C_ASSERT(sizeof(WHV_X64_MSR_ACCESS_CONTEXT) == 24);

typedef struct WHV_X64_CPUID_ACCESS_CONTEXT
{
    UINT64 Rax, Rcx, Rdx, Rbx;
    UINT64 DefaultResultRax, DefaultResultRcx, DefaultResultRdx, DefaultResultRbx;
} WHV_X64_CPUID_ACCESS_CONTEXT;

C_ASSERT(sizeof(WHV_X64_CPUID_ACCESS_CONTEXT) == 64);

typedef union WHV_VP_EXCEPTION_INFO
{
    WHV_EXTENSION struct { UINT32 ErrorCodeValid : 1, SoftwareException : 1, Reserved : 30; };
    UINT32 AsUINT32;
} WHV_VP_EXCEPTION_INFO;

C_ASSERT(sizeof(WHV_VP_EXCEPTION_INFO) == 4);

typedef struct WHV_VP_EXCEPTION_CONTEXT
{
    UINT8                 InstructionByteCount;
    UINT8                 Reserved[3];
    UINT8                 InstructionBytes[16];
    WHV_VP_EXCEPTION_INFO ExceptionInfo;
    UINT8                 ExceptionType;
    UINT8                 Reserved2[3];
    UINT32                ErrorCode;
    UINT64                ExceptionParameter;
} WHV_VP_EXCEPTION_CONTEXT;

C_ASSERT(sizeof(WHV_VP_EXCEPTION_CONTEXT) == 40);

typedef enum WHV_X64_UNSUPPORTED_FEATURE_CODE
{
    WHvUnsupportedFeatureIntercept     = 1,
    WHvUnsupportedFeatureTaskSwitchTss = 2
} WHV_X64_UNSUPPORTED_FEATURE_CODE;

typedef struct WHV_X64_UNSUPPORTED_FEATURE_CONTEXT
{
    WHV_X64_UNSUPPORTED_FEATURE_CODE FeatureCode;
    UINT32                           Reserved;
    UINT64                           FeatureParameter;
} WHV_X64_UNSUPPORTED_FEATURE_CONTEXT;

C_ASSERT(sizeof(WHV_X64_UNSUPPORTED_FEATURE_CONTEXT) == 16);

typedef struct WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT
{
    WHV_X64_PENDING_INTERRUPTION_TYPE DeliverableType;
} WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT, *PWHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT;

C_ASSERT(sizeof(WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT) == 4);

typedef struct WHV_X64_APIC_EOI_CONTEXT
{
    UINT32 InterruptVector;
} WHV_X64_APIC_EOI_CONTEXT;

C_ASSERT(sizeof(WHV_X64_APIC_EOI_CONTEXT) == 4);

typedef union WHV_X64_RDTSC_INFO
{
    WHV_EXTENSION struct { UINT64 IsRdtscp : 1, Reserved : 63; };
    UINT64 AsUINT64;
} WHV_X64_RDTSC_INFO;

C_ASSERT(sizeof(WHV_X64_RDTSC_INFO) == 8);

typedef struct WHV_X64_RDTSC_CONTEXT
{
    UINT64             TscAux;
    UINT64             VirtualOffset;
    UINT64             Tsc;
    UINT64             ReferenceTime;
    WHV_X64_RDTSC_INFO RdtscInfo;
} WHV_X64_RDTSC_CONTEXT;

C_ASSERT(sizeof(WHV_X64_RDTSC_CONTEXT) == 40);

typedef struct WHV_X64_APIC_SMI_CONTEXT
{
    UINT64 ApicIcr;
} WHV_X64_APIC_SMI_CONTEXT;

typedef struct WHV_X64_APIC_INIT_SIPI_CONTEXT
{
    UINT64 ApicIcr;
} WHV_X64_APIC_INIT_SIPI_CONTEXT;

C_ASSERT(sizeof(WHV_X64_APIC_SMI_CONTEXT) == 8);
C_ASSERT(sizeof(WHV_X64_APIC_INIT_SIPI_CONTEXT) == 8);

typedef enum WHV_X64_APIC_WRITE_TYPE     /* offsets in the APIC page */
{
    WHvX64ApicWriteTypeLdr   = 0x0d0,
    WHvX64ApicWriteTypeDfr   = 0x0e0,
    WHvX64ApicWriteTypeSvr   = 0x0f0,
    WHvX64ApicWriteTypeLint0 = 0x350,
    WHvX64ApicWriteTypeLint1 = 0x360
} WHV_X64_APIC_WRITE_TYPE;

typedef struct WHV_X64_APIC_WRITE_CONTEXT
{
    WHV_X64_APIC_WRITE_TYPE Type;
    UINT32                  Reserved;
    UINT64                  WriteValue;
} WHV_X64_APIC_WRITE_CONTEXT;

C_ASSERT(sizeof(WHV_X64_APIC_WRITE_CONTEXT) == 16);

typedef struct WHV_X64_HYPERCALL_CONTEXT
{
    UINT64      Rax, Rbx, Rcx, Rdx, R8, Rsi, Rdi, Reserved0;
    WHV_UINT128 XmmRegisters[WHV_HYPERCALL_CONTEXT_MAX_XMM_REGISTERS];
    UINT64      Reserved1[2];
} WHV_X64_HYPERCALL_CONTEXT, WHV_HYPERCALL_CONTEXT, *PWHV_HYPERCALL_CONTEXT;

C_ASSERT(sizeof(WHV_HYPERCALL_CONTEXT) == 176);

typedef struct WHV_SYNIC_SINT_DELIVERABLE_CONTEXT
{
    UINT16 DeliverableSints;
    UINT16 Reserved1;
    UINT32 Reserved2;
} WHV_SYNIC_SINT_DELIVERABLE_CONTEXT;

C_ASSERT(sizeof(WHV_SYNIC_SINT_DELIVERABLE_CONTEXT) == 8);

#else /* WHV_ARCH_ARM64: message types of the hypervisor */

WHV_EXTENSION typedef enum WHV_RUN_VP_EXIT_REASON
{
    WHvRunVpExitReasonNone                   = 0x00000000,
    WHvRunVpExitReasonUnmappedGpa            = 0x80000000,
    WHvRunVpExitReasonGpaIntercept           = 0x80000001,
    WHvRunVpExitReasonInvalidVpRegisterValue = 0x80000020,
    WHvRunVpExitReasonUnrecoverableException = 0x80000021,
    WHvRunVpExitReasonUnsupportedFeature     = 0x80000022,
    WHvRunVpExitReasonHypercall              = 0x80000050,
    WHvRunVpExitReasonSynicSintDeliverable   = 0x80000062,
    WHvMessageTypeRegisterIntercept          = 0x80010006,
    WHvRunVpExitReasonArm64Reset             = 0x8001000c,
    WHvRunVpExitReasonCanceled               = 0xffffffff
} WHV_RUN_VP_EXIT_REASON;

typedef union WHV_VP_EXECUTION_STATE
{
    WHV_EXTENSION struct
    {
        UINT16 Cpl : 2, DebugActive : 1, InterruptionPending : 1, Vtl : 4, VirtualizationFaultActive : 1;
        UINT16 Reserved : 7;
    };
    UINT16 AsUINT16;
} WHV_VP_EXECUTION_STATE;

C_ASSERT(sizeof(WHV_VP_EXECUTION_STATE) == 2);

typedef struct WHV_INTERCEPT_MESSAGE_HEADER
{
    UINT32                 VpIndex;
    UINT8                  InstructionLength;
    UINT8                  InterceptAccessType;
    WHV_VP_EXECUTION_STATE ExecutionState;
    UINT64                 Pc;
    UINT64                 Cpsr;
} WHV_INTERCEPT_MESSAGE_HEADER;

C_ASSERT(sizeof(WHV_INTERCEPT_MESSAGE_HEADER) == 24);

typedef union WHV_MEMORY_ACCESS_INFO
{
    WHV_EXTENSION struct { UINT8 GvaValid : 1, GvaGpaValid : 1, HypercallOutputPending : 1, Reserved : 5; };
    UINT8 AsUINT8;
} WHV_MEMORY_ACCESS_INFO;

typedef struct WHV_MEMORY_ACCESS_CONTEXT
{
    WHV_INTERCEPT_MESSAGE_HEADER Header;
    UINT32                       Reserved0;
    UINT8                        InstructionByteCount;
    WHV_MEMORY_ACCESS_INFO       AccessInfo;
    UINT16                       Reserved1;
    UINT8                        InstructionBytes[4];
    UINT32                       Reserved2;
    UINT64                       Gva;
    UINT64                       Gpa;
    UINT64                       Syndrome;
} WHV_MEMORY_ACCESS_CONTEXT;

C_ASSERT(sizeof(WHV_MEMORY_ACCESS_CONTEXT) == 64);

typedef struct WHV_UNRECOVERABLE_EXCEPTION_CONTEXT
{
    WHV_INTERCEPT_MESSAGE_HEADER Header;
} WHV_UNRECOVERABLE_EXCEPTION_CONTEXT;

C_ASSERT(sizeof(WHV_UNRECOVERABLE_EXCEPTION_CONTEXT) == 24);

typedef struct WHV_INVALID_VP_REGISTER_CONTEXT
{
    UINT32 VpIndex;
    UINT32 Reserved;
} WHV_INVALID_VP_REGISTER_CONTEXT;

C_ASSERT(sizeof(WHV_INVALID_VP_REGISTER_CONTEXT) == 8);

typedef struct WHV_SYNIC_SINT_DELIVERABLE_CONTEXT
{
    WHV_INTERCEPT_MESSAGE_HEADER Header;
    UINT16                       DeliverableSints;
    UINT16                       Reserved1;
    UINT32                       Reserved2;
} WHV_SYNIC_SINT_DELIVERABLE_CONTEXT;

C_ASSERT(sizeof(WHV_SYNIC_SINT_DELIVERABLE_CONTEXT) == 32);

typedef union WHV_REGISTER_ACCESS_INFO
{
    WHV_REGISTER_VALUE SourceValue;
    WHV_REGISTER_NAME  DestinationRegister;
} WHV_REGISTER_ACCESS_INFO;

typedef struct WHV_REGISTER_CONTEXT
{
    WHV_INTERCEPT_MESSAGE_HEADER Header;
    WHV_EXTENSION struct { UINT8 IsMemoryOp : 1, Reserved : 7; };
    UINT8                        Reserved8;
    UINT16                       Reserved16;
    WHV_REGISTER_NAME            RegisterName;
    WHV_REGISTER_ACCESS_INFO     AccessInfo;
} WHV_REGISTER_CONTEXT;

C_ASSERT(sizeof(WHV_REGISTER_CONTEXT) == 48);

typedef enum WHV_ARM64_RESET_TYPE
{
    WHvArm64ResetTypePowerOff = 0,
    WHvArm64ResetTypeReboot   = 1
} WHV_ARM64_RESET_TYPE;

typedef struct WHV_ARM64_RESET_CONTEXT
{
    WHV_INTERCEPT_MESSAGE_HEADER Header;
    WHV_ARM64_RESET_TYPE         ResetType;
    UINT32                       Reserved;
} WHV_ARM64_RESET_CONTEXT;

C_ASSERT(sizeof(WHV_ARM64_RESET_CONTEXT) == 32);

typedef struct WHV_ARM64_HYPERCALL_CONTEXT
{
    WHV_INTERCEPT_MESSAGE_HEADER Header;
    UINT16                       Immediate;
    UINT16                       Reserved1;
    UINT32                       Reserved2;
    UINT64                       X[18];
} WHV_ARM64_HYPERCALL_CONTEXT, WHV_HYPERCALL_CONTEXT, *PWHV_HYPERCALL_CONTEXT;

C_ASSERT(sizeof(WHV_HYPERCALL_CONTEXT) == 176);

#endif

typedef enum WHV_RUN_VP_CANCEL_REASON
{
    WHvRunVpCancelReasonUser = 0
} WHV_RUN_VP_CANCEL_REASON;

#define WhvRunVpCancelReasonUser WHvRunVpCancelReasonUser   /* as older SDKs have it */

typedef struct WHV_RUN_VP_CANCELED_CONTEXT
{
    WHV_RUN_VP_CANCEL_REASON CancelReason;
} WHV_RUN_VP_CANCELED_CONTEXT;

C_ASSERT(sizeof(WHV_RUN_VP_CANCELED_CONTEXT) == 4);

typedef struct WHV_RUN_VP_EXIT_CONTEXT
{
    WHV_RUN_VP_EXIT_REASON ExitReason;
    UINT32                 Reserved;
#ifdef WHV_ARCH_X64
    WHV_VP_EXIT_CONTEXT    VpContext;
#else
    UINT64                 Reserved1;
#endif
    WHV_EXTENSION union
    {
        WHV_MEMORY_ACCESS_CONTEXT                MemoryAccess;
        WHV_RUN_VP_CANCELED_CONTEXT              CancelReason;
        WHV_HYPERCALL_CONTEXT                    Hypercall;
        WHV_SYNIC_SINT_DELIVERABLE_CONTEXT       SynicSintDeliverable;
#ifdef WHV_ARCH_X64
        WHV_X64_IO_PORT_ACCESS_CONTEXT           IoPortAccess;
        WHV_X64_MSR_ACCESS_CONTEXT               MsrAccess;
        WHV_X64_CPUID_ACCESS_CONTEXT             CpuidAccess;
        WHV_VP_EXCEPTION_CONTEXT                 VpException;
        WHV_X64_INTERRUPTION_DELIVERABLE_CONTEXT InterruptWindow;
        WHV_X64_UNSUPPORTED_FEATURE_CONTEXT      UnsupportedFeature;
        WHV_X64_APIC_EOI_CONTEXT                 ApicEoi;
        WHV_X64_RDTSC_CONTEXT                    ReadTsc;
        WHV_X64_APIC_SMI_CONTEXT                 ApicSmi;
        WHV_X64_APIC_INIT_SIPI_CONTEXT           ApicInitSipi;
        WHV_X64_APIC_WRITE_CONTEXT               ApicWrite;
        UINT64                                   AsUINT64[22];
#else
        WHV_UNRECOVERABLE_EXCEPTION_CONTEXT      UnrecoverableException;
        WHV_INVALID_VP_REGISTER_CONTEXT          InvalidVpRegister;
        WHV_REGISTER_CONTEXT                     Register;
        WHV_ARM64_RESET_CONTEXT                  Arm64Reset;
        UINT64                                   AsUINT64[32];
#endif
    };
} WHV_RUN_VP_EXIT_CONTEXT;

#ifdef WHV_ARCH_X64
C_ASSERT(sizeof(WHV_RUN_VP_EXIT_CONTEXT) == 224);
#else
C_ASSERT(sizeof(WHV_RUN_VP_EXIT_CONTEXT) == 272);
#endif

/**** Interrupts, SynIC ****/

#ifdef WHV_ARCH_X64

typedef enum WHV_INTERRUPT_TYPE
{
    WHvX64InterruptTypeFixed          = 0,
    WHvX64InterruptTypeLowestPriority = 1,
    WHvX64InterruptTypeNmi            = 4,
    WHvX64InterruptTypeInit           = 5,
    WHvX64InterruptTypeSipi           = 6,
    WHvX64InterruptTypeLocalInt1      = 9
} WHV_INTERRUPT_TYPE;

typedef enum WHV_INTERRUPT_DESTINATION_MODE
{
    WHvX64InterruptDestinationModePhysical = 0,
    WHvX64InterruptDestinationModeLogical  = 1
} WHV_INTERRUPT_DESTINATION_MODE;

typedef enum WHV_INTERRUPT_TRIGGER_MODE
{
    WHvX64InterruptTriggerModeEdge  = 0,
    WHvX64InterruptTriggerModeLevel = 1
} WHV_INTERRUPT_TRIGGER_MODE;

WHV_EXTENSION typedef struct WHV_INTERRUPT_CONTROL
{
    UINT64 Type : 8, DestinationMode : 4, TriggerMode : 4, TargetVtl : 8, Reserved : 40;
    UINT32 Destination;
    UINT32 Vector;
} WHV_INTERRUPT_CONTROL;

C_ASSERT(sizeof(WHV_INTERRUPT_CONTROL) == 16);

#else /* WHV_ARCH_ARM64 */

typedef enum WHV_INTERRUPT_TYPE
{
    WHvArm64InterruptTypeFixed   = 0,
    WHvArm64InterruptTypeMaximum = 8
} WHV_INTERRUPT_TYPE;

typedef union WHV_INTERRUPT_CONTROL2
{
    WHV_EXTENSION struct
    {
        WHV_INTERRUPT_TYPE InterruptType;
        UINT32             Reserved1 : 2, Asserted : 1, Retarget : 1, Reserved2 : 28;
    };
    UINT64 AsUINT64;
} WHV_INTERRUPT_CONTROL2;

C_ASSERT(sizeof(WHV_INTERRUPT_CONTROL2) == 8);

typedef struct WHV_INTERRUPT_CONTROL
{
    UINT64                 TargetPartition;
    WHV_INTERRUPT_CONTROL2 InterruptControl;
    UINT64                 DestinationAddress;
    UINT32                 RequestedVector;
    UINT8                  TargetVtl;
    UINT8                  ReservedZ0;
    UINT16                 ReservedZ1;
} WHV_INTERRUPT_CONTROL;

C_ASSERT(sizeof(WHV_INTERRUPT_CONTROL) == 32);

#endif

typedef struct WHV_SYNIC_EVENT_PARAMETERS
{
    UINT32  VpIndex;
    UINT8   TargetSint;
    WHV_VTL TargetVtl;
    UINT16  FlagNumber;
} WHV_SYNIC_EVENT_PARAMETERS;

C_ASSERT(sizeof(WHV_SYNIC_EVENT_PARAMETERS) == 8);

/**** Doorbells, notification ports, triggers ****/

typedef struct WHV_DOORBELL_MATCH_DATA
{
    WHV_GUEST_PHYSICAL_ADDRESS GuestAddress;
    UINT64                     Value;
    UINT32                     Length;
    UINT32                     MatchOnValue : 1, MatchOnLength : 1, Reserved : 30;
} WHV_DOORBELL_MATCH_DATA;

C_ASSERT(sizeof(WHV_DOORBELL_MATCH_DATA) == 24);

typedef enum WHV_NOTIFICATION_PORT_TYPE
{
    WHvNotificationPortTypeEvent    = 2,
    WHvNotificationPortTypeDoorbell = 4
} WHV_NOTIFICATION_PORT_TYPE;

typedef struct WHV_NOTIFICATION_PORT_PARAMETERS
{
    WHV_NOTIFICATION_PORT_TYPE NotificationPortType;
    UINT16                     Reserved;
    UINT8                      Reserved1;
    UINT8                      ConnectionVtl;
    WHV_EXTENSION union
    {
        WHV_DOORBELL_MATCH_DATA Doorbell;
        struct { UINT32 ConnectionId; } Event;
    };
} WHV_NOTIFICATION_PORT_PARAMETERS;

C_ASSERT(sizeof(WHV_NOTIFICATION_PORT_PARAMETERS) == 32);

typedef enum WHV_NOTIFICATION_PORT_PROPERTY_CODE
{
    WHvNotificationPortPropertyPreferredTargetVp       = 1,
    WHvNotificationPortPropertyPreferredTargetDuration = 5
} WHV_NOTIFICATION_PORT_PROPERTY_CODE;

typedef enum WHV_TRIGGER_TYPE
{
#ifdef WHV_ARCH_X64
    WHvTriggerTypeInterrupt       = 0,
#endif
    WHvTriggerTypeSynicEvent      = 1,
    WHvTriggerTypeDeviceInterrupt = 2
} WHV_TRIGGER_TYPE;

typedef struct WHV_TRIGGER_PARAMETERS
{
    WHV_TRIGGER_TYPE TriggerType;
    UINT32           Reserved;
    WHV_EXTENSION union
    {
#ifdef WHV_ARCH_X64
        WHV_INTERRUPT_CONTROL Interrupt;
#endif
        WHV_SYNIC_EVENT_PARAMETERS SynicEvent;
        struct { UINT64 LogicalDeviceId, MsiAddress; UINT32 MsiData, Reserved; } DeviceInterrupt;
    };
} WHV_TRIGGER_PARAMETERS;

C_ASSERT(sizeof(WHV_TRIGGER_PARAMETERS) == 32);

/**** Virtual processors: creation, state blobs ****/

typedef enum WHV_VIRTUAL_PROCESSOR_PROPERTY_CODE
{
    WHvVirtualProcessorPropertyCodeNumaNode = 0
} WHV_VIRTUAL_PROCESSOR_PROPERTY_CODE;

typedef struct WHV_VIRTUAL_PROCESSOR_PROPERTY
{
    WHV_VIRTUAL_PROCESSOR_PROPERTY_CODE PropertyCode;
    UINT32                              Reserved;
    WHV_EXTENSION union { USHORT NumaNode; UINT64 Padding; };
} WHV_VIRTUAL_PROCESSOR_PROPERTY;

C_ASSERT(sizeof(WHV_VIRTUAL_PROCESSOR_PROPERTY) == 16);

#ifdef WHV_ARCH_X64

typedef enum WHV_VIRTUAL_PROCESSOR_STATE_TYPE
{
    WHvVirtualProcessorStateTypeSynicMessagePage          = 0x0000,
    WHvVirtualProcessorStateTypeSynicEventFlagPage        = 0x0001,
    WHvVirtualProcessorStateTypeSynicTimerState           = 0x0002,
    WHvVirtualProcessorStateTypeInterruptControllerState2 = 0x1000,
    WHvVirtualProcessorStateTypeXsaveState                = 0x1001,
    WHvVirtualProcessorStateTypeNestedState               = 0x1002
} WHV_VIRTUAL_PROCESSOR_STATE_TYPE;

#else

#define WHV_VIRTUAL_PROCESSOR_STATE_TYPE_PFN     (1U << 31)
#define WHV_VIRTUAL_PROCESSOR_STATE_TYPE_ANY_VP  (1U << 30)   /* for WHV_ANY_VP */

WHV_EXTENSION typedef enum WHV_VIRTUAL_PROCESSOR_STATE_TYPE
{
    WHvVirtualProcessorStateTypeInterruptControllerState = 0x80000000,
    WHvVirtualProcessorStateTypeSynicMessagePage         = 0x80000002,
    WHvVirtualProcessorStateTypeSynicEventFlagPage       = 0x80000003,
    WHvVirtualProcessorStateTypeSynicTimerState          = 0x00000004,
    WHvVirtualProcessorStateTypeGlobalInterruptState     = 0xc0000006,
    WHvVirtualProcessorStateTypeSveState                 = 0x80000007,
    WHvVirtualProcessorStateTypeSmeState                 = 0x80000008   /* newer than the published SDK */
} WHV_VIRTUAL_PROCESSOR_STATE_TYPE;

#define WHV_ARM64_GLOBAL_INTERRUPT_CONTROLLER_STATE_VERSION_CURRENT  (1)
#define WHV_ARM64_INTERRUPT_CONTROLLER_STATE_VERSION_CURRENT         (1)

WHV_EXTENSION typedef struct WHV_ARM64_INTERRUPT_STATE
{
    WHV_EXTENSION struct
    {
        UINT8 Enabled : 1, EdgeTriggered : 1, Asserted : 1, SetPending : 1, Active : 1, Direct : 1, Reserved0 : 2;
    };
    UINT8 GicrIpriorityrConfigured;
    UINT8 GicrIpriorityrActive;
    UINT8 Reserved1;
} WHV_ARM64_INTERRUPT_STATE;

C_ASSERT(sizeof(WHV_ARM64_INTERRUPT_STATE) == 4);

typedef struct WHV_ARM64_GLOBAL_INTERRUPT_STATE
{
    UINT32                    InterruptId;
    UINT32                    ActiveVpIndex;
    WHV_EXTENSION union { UINT32 TargetMpidr, TargetVpIndex; };
    WHV_ARM64_INTERRUPT_STATE InterruptState;
} WHV_ARM64_GLOBAL_INTERRUPT_STATE;

C_ASSERT(sizeof(WHV_ARM64_GLOBAL_INTERRUPT_STATE) == 16);

typedef struct WHV_ARM64_GLOBAL_INTERRUPT_CONTROLLER_STATE
{
    UINT8                            Version;
    UINT8                            GicVersion;
    UINT8                            Reserved0[2];
    UINT32                           NumInterrupts;
    UINT64                           GicdCtlrEnableGrp1A;
    WHV_ARM64_GLOBAL_INTERRUPT_STATE Interrupts[ANYSIZE_ARRAY];
} WHV_ARM64_GLOBAL_INTERRUPT_CONTROLLER_STATE;

C_ASSERT(sizeof(WHV_ARM64_GLOBAL_INTERRUPT_CONTROLLER_STATE) == 32);

typedef struct WHV_ARM64_LOCAL_INTERRUPT_CONTROLLER_STATE
{
    UINT8                     Version;
    UINT8                     GicVersion;
    UINT8                     Reserved0[6];
    UINT64                    IccIgrpen1El1;
    UINT64                    GicrCtlrEnableLpis;
    UINT64                    IccBpr1El1;
    UINT64                    IccPmrEl1;
    UINT64                    GicrPropbaser;
    UINT64                    GicrPendbaser;
    UINT32                    IchAp1REl2[4];
    WHV_ARM64_INTERRUPT_STATE BankedInterruptState[32];
} WHV_ARM64_LOCAL_INTERRUPT_CONTROLLER_STATE;

C_ASSERT(sizeof(WHV_ARM64_LOCAL_INTERRUPT_CONTROLLER_STATE) == 200);

typedef struct WHV_ARM64_VP_STATE_SVE
{
    USHORT Version;
    USHORT RegisterDataOffset;
    UINT32 VectorLength;
    UINT64 Reserved0;
} WHV_ARM64_VP_STATE_SVE;

C_ASSERT(sizeof(WHV_ARM64_VP_STATE_SVE) == 16);

typedef struct WHV_ARM64_VP_STATE_SME    /* newer than the published SDK */
{
    USHORT Version;
    USHORT RegisterDataOffset;
    UINT32 StreamingVectorLength;
    UINT64 Reserved0;
} WHV_ARM64_VP_STATE_SME;

C_ASSERT(sizeof(WHV_ARM64_VP_STATE_SME) == 16);

#endif

typedef enum WHV_NESTED_STATE_TYPE
{
    WHvNestedStateTypeVmx = 0,
    WHvNestedStateTypeSvm = 1
} WHV_NESTED_STATE_TYPE;

typedef struct WHV_NESTED_ENLIGHTENMENTS_CONTROL
{
    union
    {
        WHV_EXTENSION struct { UINT32 DirectHypercall : 1, VirtualizationException : 1, Reserved : 30; };
        UINT32 AsUINT32;
    } Features;
    union
    {
        WHV_EXTENSION struct { UINT32 InterPartitionCommunication : 1, Reserved : 31; };
        UINT32 AsUINT32;
    } HypercallControls;
} WHV_NESTED_ENLIGHTENMENTS_CONTROL;

C_ASSERT(sizeof(WHV_NESTED_ENLIGHTENMENTS_CONTROL) == 8);

typedef struct WHV_X64_VMX_NESTED_STATE
{
    WHV_NESTED_STATE_TYPE Vendor;
    struct
    {
        UINT32 GuestMode : 1, Vmxon : 1, CurrentVmcsValid : 1, VmEntryPending : 1, VmcsEnlightened : 1;
        UINT32 EnlightenedVmEntry : 1, Reserved : 26;
    } Flags;
    WHV_NESTED_ENLIGHTENMENTS_CONTROL NestedEnlightenmentsControl;
    UINT64 Pdpt[4];
    UINT64 VmxonRegionGpa;
    UINT64 VmcsGpa;
    UINT64 CurrentEnlightenedVmcs;
    struct { UINT32 Tpr, Ppr, Isr[8], Irr[8], IcrLow, IcrHigh; } VirtualApicRegs;
    UINT8 Reserved[3944];
    DECLSPEC_ALIGN(4096) UINT8 VmcsBytes[4096];
} WHV_X64_VMX_NESTED_STATE;

#pragma pack(push, 1)
typedef struct WHV_SVM_VMCB_SELECTOR
{
    UINT16 Selector;
    UINT16 Attrib;
    UINT32 Limit;
    UINT64 Base;
} WHV_SVM_VMCB_SELECTOR;
#pragma pack(pop)

C_ASSERT(sizeof(WHV_SVM_VMCB_SELECTOR) == 16);

typedef struct WHV_SVM_NESTED_HOST_STATE
{
    UINT64                Rip, Rsp, Rflags, Rax;
    WHV_SVM_VMCB_SELECTOR Es, Cs, Ss, Ds, Gdtr, Idtr;
    UINT64                Efer, Cr0, Cr3, Cr4, VirtualTpr;
    UINT64                Reserved[6];
} WHV_SVM_NESTED_HOST_STATE;

C_ASSERT(sizeof(WHV_SVM_NESTED_HOST_STATE) == 216);

typedef struct WHV_X64_SVM_NESTED_STATE
{
    WHV_NESTED_STATE_TYPE Vendor;
    struct
    {
        UINT32 GuestMode : 1, VmEntryPending : 1, HostSaveGpaValid : 1, CurrentVmcbValid : 1, Reserved : 28;
    } Flags;
    WHV_NESTED_ENLIGHTENMENTS_CONTROL NestedEnlightenmentsControl;
    UINT64 HostSaveGpa;
    UINT64 VmControlMsr;
    UINT64 VirtualTscRatioMsr;
    UINT64 VmcbGpa;
    WHV_SVM_NESTED_HOST_STATE HostState;
    UINT8 Reserved[3832];
    DECLSPEC_ALIGN(4096) UINT8 VmcbBytes[4096];
} WHV_X64_SVM_NESTED_STATE;

typedef union WHV_X64_NESTED_STATE
{
    WHV_X64_VMX_NESTED_STATE Vmx;
    WHV_X64_SVM_NESTED_STATE Svm;
} WHV_X64_NESTED_STATE;

C_ASSERT(sizeof(WHV_X64_NESTED_STATE) == 8192);

/**** Counters ****/

typedef enum WHV_PARTITION_COUNTER_SET
{
    WHvPartitionCounterSetMemory = 0
} WHV_PARTITION_COUNTER_SET;

typedef struct WHV_PARTITION_MEMORY_COUNTERS
{
    UINT64 Mapped4KPageCount;
    UINT64 Mapped2MPageCount;
    UINT64 Mapped1GPageCount;
} WHV_PARTITION_MEMORY_COUNTERS;

C_ASSERT(sizeof(WHV_PARTITION_MEMORY_COUNTERS) == 24);

typedef enum WHV_PROCESSOR_COUNTER_SET
{
    WHvProcessorCounterSetRuntime           = 0,
    WHvProcessorCounterSetIntercepts        = 1,
    WHvProcessorCounterSetEvents            = 2,
#ifdef WHV_ARCH_X64
    WHvProcessorCounterSetApic              = 3,
#endif
    WHvProcessorCounterSetSyntheticFeatures = 4
} WHV_PROCESSOR_COUNTER_SET;

typedef struct WHV_PROCESSOR_RUNTIME_COUNTERS
{
    UINT64 TotalRuntime100ns;
    UINT64 HypervisorRuntime100ns;
} WHV_PROCESSOR_RUNTIME_COUNTERS;

C_ASSERT(sizeof(WHV_PROCESSOR_RUNTIME_COUNTERS) == 16);

typedef struct WHV_PROCESSOR_INTERCEPT_COUNTER
{
    UINT64 Count;
    UINT64 Time100ns;
} WHV_PROCESSOR_INTERCEPT_COUNTER;

C_ASSERT(sizeof(WHV_PROCESSOR_INTERCEPT_COUNTER) == 16);

typedef struct WHV_PROCESSOR_INTERCEPT_COUNTERS
{
#ifdef WHV_ARCH_X64
    WHV_PROCESSOR_INTERCEPT_COUNTER PageInvalidations;
    WHV_PROCESSOR_INTERCEPT_COUNTER ControlRegisterAccesses;
    WHV_PROCESSOR_INTERCEPT_COUNTER IoInstructions;
    WHV_PROCESSOR_INTERCEPT_COUNTER HaltInstructions;
    WHV_PROCESSOR_INTERCEPT_COUNTER CpuidInstructions;
    WHV_PROCESSOR_INTERCEPT_COUNTER MsrAccesses;
    WHV_PROCESSOR_INTERCEPT_COUNTER OtherIntercepts;
    WHV_PROCESSOR_INTERCEPT_COUNTER PendingInterrupts;
    WHV_PROCESSOR_INTERCEPT_COUNTER EmulatedInstructions;
    WHV_PROCESSOR_INTERCEPT_COUNTER DebugRegisterAccesses;
    WHV_PROCESSOR_INTERCEPT_COUNTER PageFaultIntercepts;        /* SDKs up to 19041 end here */
    WHV_PROCESSOR_INTERCEPT_COUNTER NestedPageFaultIntercepts;
    WHV_PROCESSOR_INTERCEPT_COUNTER Hypercalls;
    WHV_PROCESSOR_INTERCEPT_COUNTER RdpmcInstructions;
#else
    WHV_PROCESSOR_INTERCEPT_COUNTER OtherIntercepts;
    WHV_PROCESSOR_INTERCEPT_COUNTER PendingInterrupts;
    WHV_PROCESSOR_INTERCEPT_COUNTER NestedPageFaultIntercepts;
    WHV_PROCESSOR_INTERCEPT_COUNTER Hypercalls;
    WHV_PROCESSOR_INTERCEPT_COUNTER Reserved[10];
#endif
} WHV_PROCESSOR_INTERCEPT_COUNTERS, WHV_PROCESSOR_ACTIVITY_COUNTERS;

C_ASSERT(sizeof(WHV_PROCESSOR_ACTIVITY_COUNTERS) == 224);

typedef struct WHV_PROCESSOR_EVENT_COUNTERS
{
    UINT64 PageFaultCount;
    UINT64 ExceptionCount;
    UINT64 InterruptCount;
} WHV_PROCESSOR_EVENT_COUNTERS, WHV_PROCESSOR_GUEST_EVENT_COUNTERS;

C_ASSERT(sizeof(WHV_PROCESSOR_GUEST_EVENT_COUNTERS) == 24);

#ifdef WHV_ARCH_X64
typedef struct WHV_PROCESSOR_APIC_COUNTERS
{
    UINT64 MmioAccessCount;
    UINT64 EoiAccessCount;
    UINT64 TprAccessCount;
    UINT64 SentIpiCount;
    UINT64 SelfIpiCount;
} WHV_PROCESSOR_APIC_COUNTERS;

C_ASSERT(sizeof(WHV_PROCESSOR_APIC_COUNTERS) == 40);
#endif

typedef struct WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS
{
    UINT64 SyntheticInterruptsCount;
    UINT64 LongSpinWaitHypercallsCount;
    UINT64 OtherHypercallsCount;
    UINT64 SyntheticInterruptHypercallsCount;
    UINT64 VirtualInterruptHypercallsCount;
    UINT64 VirtualMmuHypercallsCount;
} WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS;

C_ASSERT(sizeof(WHV_PROCESSOR_SYNTHETIC_FEATURES_COUNTERS) == 48);

/**** Virtual PCI ****/

typedef enum WHV_ALLOCATE_VPCI_RESOURCE_FLAGS
{
    WHvAllocateVpciResourceFlagNone           = 0x0,
    WHvAllocateVpciResourceFlagAllowDirectP2P = 0x1
} WHV_ALLOCATE_VPCI_RESOURCE_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_ALLOCATE_VPCI_RESOURCE_FLAGS)

typedef struct WHV_SRIOV_RESOURCE_DESCRIPTOR
{
    WCHAR  PnpInstanceId[WHV_MAX_DEVICE_ID_SIZE_IN_CHARS];
    LUID   VirtualFunctionId;
    UINT16 VirtualFunctionIndex;
    UINT16 Reserved;
} WHV_SRIOV_RESOURCE_DESCRIPTOR;

C_ASSERT(sizeof(WHV_SRIOV_RESOURCE_DESCRIPTOR) == 412);

typedef enum WHV_VPCI_DEVICE_NOTIFICATION_TYPE
{
    WHvVpciDeviceNotificationUndefined       = 0,
    WHvVpciDeviceNotificationMmioRemapping   = 1,
    WHvVpciDeviceNotificationSurpriseRemoval = 2
} WHV_VPCI_DEVICE_NOTIFICATION_TYPE;

typedef struct WHV_VPCI_DEVICE_NOTIFICATION
{
    WHV_VPCI_DEVICE_NOTIFICATION_TYPE NotificationType;
    UINT32                            Reserved1;
    WHV_EXTENSION union { UINT64 Reserved2; };
} WHV_VPCI_DEVICE_NOTIFICATION;

C_ASSERT(sizeof(WHV_VPCI_DEVICE_NOTIFICATION) == 16);

typedef enum WHV_CREATE_VPCI_DEVICE_FLAGS
{
    WHvCreateVpciDeviceFlagNone                 = 0x0,
    WHvCreateVpciDeviceFlagPhysicallyBacked     = 0x1,
    WHvCreateVpciDeviceFlagUseLogicalInterrupts = 0x2
} WHV_CREATE_VPCI_DEVICE_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_CREATE_VPCI_DEVICE_FLAGS)

typedef enum WHV_VPCI_DEVICE_PROPERTY_CODE
{
    WHvVpciDevicePropertyCodeUndefined   = 0,
    WHvVpciDevicePropertyCodeHardwareIDs = 1,
    WHvVpciDevicePropertyCodeProbedBARs  = 2
} WHV_VPCI_DEVICE_PROPERTY_CODE;

typedef struct WHV_VPCI_HARDWARE_IDS
{
    UINT16 VendorID;
    UINT16 DeviceID;
    UINT8  RevisionID;
    UINT8  ProgIf;
    UINT8  SubClass;
    UINT8  BaseClass;
    UINT16 SubVendorID;
    UINT16 SubSystemID;
} WHV_VPCI_HARDWARE_IDS;

C_ASSERT(sizeof(WHV_VPCI_HARDWARE_IDS) == 12);

typedef struct WHV_VPCI_PROBED_BARS
{
    UINT32 Value[WHV_VPCI_TYPE0_BAR_COUNT];
} WHV_VPCI_PROBED_BARS;

C_ASSERT(sizeof(WHV_VPCI_PROBED_BARS) == 24);

typedef enum WHV_VPCI_MMIO_RANGE_FLAGS
{
    WHvVpciMmioRangeFlagReadAccess  = 0x1,
    WHvVpciMmioRangeFlagWriteAccess = 0x2
} WHV_VPCI_MMIO_RANGE_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_VPCI_MMIO_RANGE_FLAGS)

typedef enum WHV_VPCI_DEVICE_REGISTER_SPACE
{
    WHvVpciConfigSpace = -1,
    WHvVpciBar0 = 0, WHvVpciBar1, WHvVpciBar2, WHvVpciBar3, WHvVpciBar4, WHvVpciBar5
} WHV_VPCI_DEVICE_REGISTER_SPACE;

typedef struct WHV_VPCI_MMIO_MAPPING
{
    WHV_VPCI_DEVICE_REGISTER_SPACE Location;
    WHV_VPCI_MMIO_RANGE_FLAGS      Flags;
    UINT64                         SizeInBytes;
    UINT64                         OffsetInBytes;
    PVOID                          VirtualAddress;
} WHV_VPCI_MMIO_MAPPING;

C_ASSERT(sizeof(WHV_VPCI_MMIO_MAPPING) == 32);

typedef struct WHV_VPCI_DEVICE_REGISTER
{
    WHV_VPCI_DEVICE_REGISTER_SPACE Location;
    UINT32                         SizeInBytes;
    UINT64                         OffsetInBytes;
} WHV_VPCI_DEVICE_REGISTER;

C_ASSERT(sizeof(WHV_VPCI_DEVICE_REGISTER) == 16);

typedef enum WHV_VPCI_INTERRUPT_TARGET_FLAGS
{
    WHvVpciInterruptTargetFlagNone      = 0x0,
    WHvVpciInterruptTargetFlagMulticast = 0x1
} WHV_VPCI_INTERRUPT_TARGET_FLAGS;

DEFINE_ENUM_FLAG_OPERATORS(WHV_VPCI_INTERRUPT_TARGET_FLAGS)

typedef struct WHV_VPCI_INTERRUPT_TARGET
{
    UINT32                          Vector;
    WHV_VPCI_INTERRUPT_TARGET_FLAGS Flags;
    UINT32                          ProcessorCount;
    UINT32                          Processors[ANYSIZE_ARRAY];
} WHV_VPCI_INTERRUPT_TARGET;

C_ASSERT(sizeof(WHV_VPCI_INTERRUPT_TARGET) == 16);

#endif /* WHV_ARCH_X64 || WHV_ARCH_ARM64 */

#endif /* _WINHVAPIDEFS_H_ */
