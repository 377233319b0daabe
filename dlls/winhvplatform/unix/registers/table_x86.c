/*
 * Registers: the table
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include <stddef.h>

#include "host/array.h"
#include "host/kvm.h"
#include "registers/table_x86.h"
#include "vectors.h"

#define GPR(field)   offsetof( struct kvm_regs, field )
#define SREG(field)  offsetof( struct kvm_sregs, field )
#define DEBUG(field) offsetof( struct kvm_debugregs, field )

/* A row stands at its name's distance from the first of its part, all of which begin at multiples of 1000h. */
#define ROW( name, kind, flags, where ) \
    [(UINT32)(name) & 0xfff] = { where, kind, (flags) | ((kind) <= REG_FP_CONTROL ? REG_PLAIN : 0) }

/* vector registers by XSAVE component: the upper half of YMM, of ZMM, ZMM16-31, masks
 * (Intel SDM volume 1, chapter 13.5) */
#define LANE( reg, lane, component, offset ) \
                     ROW( WHV_VECTOR_LANE( reg, lane ), REG_XSTATE, 0, REG_XSTATE_PLACE( component, offset ) )
#define LOW( reg )   LANE( reg, 1, 2, (reg) * 16 ), LANE( reg, 2, 6, (reg) * 32 ), LANE( reg, 3, 6, (reg) * 32 + 16 )
#define HIGH( reg )  LANE( reg, 0, 7, (reg) * 64 - 1024 ), LANE( reg, 1, 7, (reg) * 64 - 1008 ), \
                     LANE( reg, 2, 7, (reg) * 64 - 992 ), LANE( reg, 3, 7, (reg) * 64 - 976 )
#define OPMASK( k )  ROW( WHV_VECTOR_OPMASK( k ), REG_XSTATE, 0, REG_XSTATE_PLACE( 5, (k) * 8 ) )

#define NO_GET REG_NO_GET
#define NO_SET REG_NO_SET
#define RESET  REG_RESET
#define CHECK  REG_CHECKED

/* In the order of the names. Without RESET: what a reset leaves alone (the TSC, counters, capabilities),
 * and the variable ranges that KVM does not have. */
const struct reg_row reg_cpu_rows[] =
{
    /* general registers */
    ROW( WHvX64RegisterRax,                         REG_GPR,         0,               GPR(rax) ),
    ROW( WHvX64RegisterRcx,                         REG_GPR,         0,               GPR(rcx) ),
    ROW( WHvX64RegisterRdx,                         REG_GPR,         0,               GPR(rdx) ),
    ROW( WHvX64RegisterRbx,                         REG_GPR,         0,               GPR(rbx) ),
    ROW( WHvX64RegisterRsp,                         REG_GPR,         0,               GPR(rsp) ),
    ROW( WHvX64RegisterRbp,                         REG_GPR,         0,               GPR(rbp) ),
    ROW( WHvX64RegisterRsi,                         REG_GPR,         0,               GPR(rsi) ),
    ROW( WHvX64RegisterRdi,                         REG_GPR,         0,               GPR(rdi) ),
    ROW( WHvX64RegisterR8,                          REG_GPR,         0,               GPR(r8) ),
    ROW( WHvX64RegisterR9,                          REG_GPR,         0,               GPR(r9) ),
    ROW( WHvX64RegisterR10,                         REG_GPR,         0,               GPR(r10) ),
    ROW( WHvX64RegisterR11,                         REG_GPR,         0,               GPR(r11) ),
    ROW( WHvX64RegisterR12,                         REG_GPR,         0,               GPR(r12) ),
    ROW( WHvX64RegisterR13,                         REG_GPR,         0,               GPR(r13) ),
    ROW( WHvX64RegisterR14,                         REG_GPR,         0,               GPR(r14) ),
    ROW( WHvX64RegisterR15,                         REG_GPR,         0,               GPR(r15) ),
    ROW( WHvX64RegisterRip,                         REG_GPR,         0,               GPR(rip) ),
    ROW( WHvX64RegisterRflags,                      REG_GPR,         0,               GPR(rflags) ),
    /* segments, tables, control registers */
    ROW( WHvX64RegisterEs,                          REG_SEGMENT,     0,               SREG(es) ),
    ROW( WHvX64RegisterCs,                          REG_SEGMENT,     0,               SREG(cs) ),
    ROW( WHvX64RegisterSs,                          REG_SEGMENT,     0,               SREG(ss) ),
    ROW( WHvX64RegisterDs,                          REG_SEGMENT,     0,               SREG(ds) ),
    ROW( WHvX64RegisterFs,                          REG_SEGMENT,     CHECK,           SREG(fs) ),
    ROW( WHvX64RegisterGs,                          REG_SEGMENT,     CHECK,           SREG(gs) ),
    ROW( WHvX64RegisterLdtr,                        REG_SEGMENT,     0,               SREG(ldt) ),
    ROW( WHvX64RegisterTr,                          REG_SEGMENT,     0,               SREG(tr) ),
    ROW( WHvX64RegisterIdtr,                        REG_TABLE,       0,               SREG(idt) ),
    ROW( WHvX64RegisterGdtr,                        REG_TABLE,       0,               SREG(gdt) ),
    ROW( WHvX64RegisterCr0,                         REG_SREG,        CHECK,           SREG(cr0) ),
    ROW( WHvX64RegisterCr2,                         REG_SREG,        0,               SREG(cr2) ),
    ROW( WHvX64RegisterCr3,                         REG_SREG,        CHECK,           SREG(cr3) ),
    ROW( WHvX64RegisterCr4,                         REG_SREG,        CHECK,           SREG(cr4) ),
    ROW( WHvX64RegisterCr8,                         REG_CR8,         0,               SREG(cr8) ),
    /* debug registers, XCR0 */
    ROW( WHvX64RegisterDr0,                         REG_DEBUG,       0,               DEBUG(db[0]) ),
    ROW( WHvX64RegisterDr1,                         REG_DEBUG,       0,               DEBUG(db[1]) ),
    ROW( WHvX64RegisterDr2,                         REG_DEBUG,       0,               DEBUG(db[2]) ),
    ROW( WHvX64RegisterDr3,                         REG_DEBUG,       0,               DEBUG(db[3]) ),
    ROW( WHvX64RegisterDr6,                         REG_DEBUG,       CHECK,           DEBUG(dr6) ),
    ROW( WHvX64RegisterDr7,                         REG_DEBUG,       CHECK,           DEBUG(dr7) ),
    ROW( WHvX64RegisterXCr0,                        REG_XCR0,        CHECK,           0 ),
    /* what the hypervisor shows of control registers under intercept: no public definition */
    ROW( WHvX64RegisterVirtualCr0,                  REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterVirtualCr3,                  REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterVirtualCr4,                  REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterVirtualCr8,                  REG_REFUSED,     0,               0 ),
};

/* FPU, by offset in the FXSAVE area */
static const struct reg_row fpu_rows[] =
{
    ROW( WHvX64RegisterXmm0,                        REG_XMM,         0,               160 ),
    ROW( WHvX64RegisterXmm1,                        REG_XMM,         0,               176 ),
    ROW( WHvX64RegisterXmm2,                        REG_XMM,         0,               192 ),
    ROW( WHvX64RegisterXmm3,                        REG_XMM,         0,               208 ),
    ROW( WHvX64RegisterXmm4,                        REG_XMM,         0,               224 ),
    ROW( WHvX64RegisterXmm5,                        REG_XMM,         0,               240 ),
    ROW( WHvX64RegisterXmm6,                        REG_XMM,         0,               256 ),
    ROW( WHvX64RegisterXmm7,                        REG_XMM,         0,               272 ),
    ROW( WHvX64RegisterXmm8,                        REG_XMM,         0,               288 ),
    ROW( WHvX64RegisterXmm9,                        REG_XMM,         0,               304 ),
    ROW( WHvX64RegisterXmm10,                       REG_XMM,         0,               320 ),
    ROW( WHvX64RegisterXmm11,                       REG_XMM,         0,               336 ),
    ROW( WHvX64RegisterXmm12,                       REG_XMM,         0,               352 ),
    ROW( WHvX64RegisterXmm13,                       REG_XMM,         0,               368 ),
    ROW( WHvX64RegisterXmm14,                       REG_XMM,         0,               384 ),
    ROW( WHvX64RegisterXmm15,                       REG_XMM,         0,               400 ),
    ROW( WHvX64RegisterFpMmx0,                      REG_FP,          0,               32 ),
    ROW( WHvX64RegisterFpMmx1,                      REG_FP,          0,               48 ),
    ROW( WHvX64RegisterFpMmx2,                      REG_FP,          0,               64 ),
    ROW( WHvX64RegisterFpMmx3,                      REG_FP,          0,               80 ),
    ROW( WHvX64RegisterFpMmx4,                      REG_FP,          0,               96 ),
    ROW( WHvX64RegisterFpMmx5,                      REG_FP,          0,               112 ),
    ROW( WHvX64RegisterFpMmx6,                      REG_FP,          0,               128 ),
    ROW( WHvX64RegisterFpMmx7,                      REG_FP,          0,               144 ),
    ROW( WHvX64RegisterFpControlStatus,             REG_FP_CONTROL,  0,               0 ),
    ROW( WHvX64RegisterXmmControlStatus,            REG_XMM_CONTROL, 0,               0 ),
};

/* MSRs */
static const struct reg_row msr_rows[] =
{
    ROW( WHvX64RegisterTsc,                         REG_MSR,         0,               0x00000010 ),
    ROW( WHvX64RegisterEfer,                        REG_SREG,        CHECK,           SREG(efer) ),
    ROW( WHvX64RegisterKernelGsBase,                REG_MSR,         RESET | CHECK,   0xc0000102 ),
    ROW( WHvX64RegisterApicBase,                    REG_SREG,        CHECK,           SREG(apic_base) ),
    ROW( WHvX64RegisterPat,                         REG_MSR,         RESET | CHECK,   0x00000277 ),
    ROW( WHvX64RegisterSysenterCs,                  REG_MSR,         RESET,           0x00000174 ),
    ROW( WHvX64RegisterSysenterEip,                 REG_MSR,         RESET | CHECK,   0x00000176 ),
    ROW( WHvX64RegisterSysenterEsp,                 REG_MSR,         RESET | CHECK,   0x00000175 ),
    ROW( WHvX64RegisterStar,                        REG_MSR,         RESET,           0xc0000081 ),
    ROW( WHvX64RegisterLstar,                       REG_MSR,         RESET | CHECK,   0xc0000082 ),
    ROW( WHvX64RegisterCstar,                       REG_MSR,         RESET | CHECK,   0xc0000083 ),
    ROW( WHvX64RegisterSfmask,                      REG_MSR,         RESET | CHECK,   0xc0000084 ),
    ROW( WHvX64RegisterInitialApicId,               REG_APIC_ID,     0,               0 ),
    ROW( WHvX64RegisterMsrMtrrCap,                  REG_MSR,         NO_SET,          0x000000fe ),
    ROW( WHvX64RegisterMsrMtrrDefType,              REG_MSR,         RESET,           0x000002ff ),
    ROW( WHvX64RegisterMsrMtrrPhysBase0,            REG_MSR,         RESET,           0x00000200 ),
    ROW( WHvX64RegisterMsrMtrrPhysBase1,            REG_MSR,         RESET,           0x00000202 ),
    ROW( WHvX64RegisterMsrMtrrPhysBase2,            REG_MSR,         RESET,           0x00000204 ),
    ROW( WHvX64RegisterMsrMtrrPhysBase3,            REG_MSR,         RESET,           0x00000206 ),
    ROW( WHvX64RegisterMsrMtrrPhysBase4,            REG_MSR,         RESET,           0x00000208 ),
    ROW( WHvX64RegisterMsrMtrrPhysBase5,            REG_MSR,         RESET,           0x0000020a ),
    ROW( WHvX64RegisterMsrMtrrPhysBase6,            REG_MSR,         RESET,           0x0000020c ),
    ROW( WHvX64RegisterMsrMtrrPhysBase7,            REG_MSR,         RESET,           0x0000020e ),
    ROW( WHvX64RegisterMsrMtrrPhysBase8,            REG_MSR,         0,               0x00000210 ),
    ROW( WHvX64RegisterMsrMtrrPhysBase9,            REG_MSR,         0,               0x00000212 ),
    ROW( WHvX64RegisterMsrMtrrPhysBaseA,            REG_MSR,         0,               0x00000214 ),
    ROW( WHvX64RegisterMsrMtrrPhysBaseB,            REG_MSR,         0,               0x00000216 ),
    ROW( WHvX64RegisterMsrMtrrPhysBaseC,            REG_MSR,         0,               0x00000218 ),
    ROW( WHvX64RegisterMsrMtrrPhysBaseD,            REG_MSR,         0,               0x0000021a ),
    ROW( WHvX64RegisterMsrMtrrPhysBaseE,            REG_MSR,         0,               0x0000021c ),
    ROW( WHvX64RegisterMsrMtrrPhysBaseF,            REG_MSR,         0,               0x0000021e ),
    ROW( WHvX64RegisterMsrMtrrPhysMask0,            REG_MSR,         RESET,           0x00000201 ),
    ROW( WHvX64RegisterMsrMtrrPhysMask1,            REG_MSR,         RESET,           0x00000203 ),
    ROW( WHvX64RegisterMsrMtrrPhysMask2,            REG_MSR,         RESET,           0x00000205 ),
    ROW( WHvX64RegisterMsrMtrrPhysMask3,            REG_MSR,         RESET,           0x00000207 ),
    ROW( WHvX64RegisterMsrMtrrPhysMask4,            REG_MSR,         RESET,           0x00000209 ),
    ROW( WHvX64RegisterMsrMtrrPhysMask5,            REG_MSR,         RESET,           0x0000020b ),
    ROW( WHvX64RegisterMsrMtrrPhysMask6,            REG_MSR,         RESET,           0x0000020d ),
    ROW( WHvX64RegisterMsrMtrrPhysMask7,            REG_MSR,         RESET,           0x0000020f ),
    ROW( WHvX64RegisterMsrMtrrPhysMask8,            REG_MSR,         0,               0x00000211 ),
    ROW( WHvX64RegisterMsrMtrrPhysMask9,            REG_MSR,         0,               0x00000213 ),
    ROW( WHvX64RegisterMsrMtrrPhysMaskA,            REG_MSR,         0,               0x00000215 ),
    ROW( WHvX64RegisterMsrMtrrPhysMaskB,            REG_MSR,         0,               0x00000217 ),
    ROW( WHvX64RegisterMsrMtrrPhysMaskC,            REG_MSR,         0,               0x00000219 ),
    ROW( WHvX64RegisterMsrMtrrPhysMaskD,            REG_MSR,         0,               0x0000021b ),
    ROW( WHvX64RegisterMsrMtrrPhysMaskE,            REG_MSR,         0,               0x0000021d ),
    ROW( WHvX64RegisterMsrMtrrPhysMaskF,            REG_MSR,         0,               0x0000021f ),
    ROW( WHvX64RegisterMsrMtrrFix64k00000,          REG_MSR,         RESET,           0x00000250 ),
    ROW( WHvX64RegisterMsrMtrrFix16k80000,          REG_MSR,         RESET,           0x00000258 ),
    ROW( WHvX64RegisterMsrMtrrFix16kA0000,          REG_MSR,         RESET,           0x00000259 ),
    ROW( WHvX64RegisterMsrMtrrFix4kC0000,           REG_MSR,         RESET,           0x00000268 ),
    ROW( WHvX64RegisterMsrMtrrFix4kC8000,           REG_MSR,         RESET,           0x00000269 ),
    ROW( WHvX64RegisterMsrMtrrFix4kD0000,           REG_MSR,         RESET,           0x0000026a ),
    ROW( WHvX64RegisterMsrMtrrFix4kD8000,           REG_MSR,         RESET,           0x0000026b ),
    ROW( WHvX64RegisterMsrMtrrFix4kE0000,           REG_MSR,         RESET,           0x0000026c ),
    ROW( WHvX64RegisterMsrMtrrFix4kE8000,           REG_MSR,         RESET,           0x0000026d ),
    ROW( WHvX64RegisterMsrMtrrFix4kF0000,           REG_MSR,         RESET,           0x0000026e ),
    ROW( WHvX64RegisterMsrMtrrFix4kF8000,           REG_MSR,         RESET,           0x0000026f ),
    ROW( WHvX64RegisterTscAux,                      REG_MSR,         RESET,           0xc0000103 ),
    ROW( WHvX64RegisterBndcfgs,                     REG_MSR,         RESET,           0x00000d90 ),
    ROW( WHvX64RegisterMCount,                      REG_MSR,         0,               0x000000e7 ),
    ROW( WHvX64RegisterACount,                      REG_MSR,         0,               0x000000e8 ),
    ROW( WHvX64RegisterSpecCtrl,                    REG_MSR,         RESET,           0x00000048 ),
    ROW( WHvX64RegisterPredCmd,                     REG_MSR,         NO_GET,          0x00000049 ),
    ROW( WHvX64RegisterTscVirtualOffset,            REG_TSC_OFFSET,  0,               0 ),
    ROW( WHvX64RegisterTsxCtrl,                     REG_MSR,         RESET,           0x00000122 ),
    ROW( WHvX64RegisterXss,                         REG_MSR,         RESET,           0x00000da0 ),
    ROW( WHvX64RegisterUCet,                        REG_MSR,         RESET,           0x000006a0 ),
    ROW( WHvX64RegisterSCet,                        REG_MSR,         RESET,           0x000006a2 ),
    ROW( WHvX64RegisterSsp,                         REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterPl0Ssp,                      REG_MSR,         RESET | CHECK,   0x000006a4 ),
    ROW( WHvX64RegisterPl1Ssp,                      REG_MSR,         RESET | CHECK,   0x000006a5 ),
    ROW( WHvX64RegisterPl2Ssp,                      REG_MSR,         RESET | CHECK,   0x000006a6 ),
    ROW( WHvX64RegisterPl3Ssp,                      REG_MSR,         RESET | CHECK,   0x000006a7 ),
    ROW( WHvX64RegisterInterruptSspTableAddr,       REG_MSR,         RESET | CHECK,   0x000006a8 ),
    ROW( WHvX64RegisterTscDeadline,                 REG_MSR,         RESET,           0x000006e0 ),
    ROW( WHvX64RegisterTscAdjust,                   REG_MSR,         RESET,           0x0000003b ),
    ROW( WHvX64RegisterUmwaitControl,               REG_MSR,         RESET,           0x000000e1 ),
    ROW( WHvX64RegisterXfd,                         REG_MSR,         RESET,           0x000001c4 ),
    ROW( WHvX64RegisterXfdErr,                      REG_MSR,         RESET,           0x000001c5 ),
    ROW( WHvX64RegisterMsrIa32MiscEnable,           REG_MSR,         0,               0x000001a0 ),
    ROW( WHvX64RegisterIa32FeatureControl,          REG_MSR,         RESET,           0x0000003a ),
    ROW( WHvX64RegisterIa32VmxBasic,                REG_MSR,         0,               0x00000480 ),
    ROW( WHvX64RegisterIa32VmxPinbasedCtls,         REG_MSR,         0,               0x00000481 ),
    ROW( WHvX64RegisterIa32VmxProcbasedCtls,        REG_MSR,         0,               0x00000482 ),
    ROW( WHvX64RegisterIa32VmxExitCtls,             REG_MSR,         0,               0x00000483 ),
    ROW( WHvX64RegisterIa32VmxEntryCtls,            REG_MSR,         0,               0x00000484 ),
    ROW( WHvX64RegisterIa32VmxMisc,                 REG_MSR,         0,               0x00000485 ),
    ROW( WHvX64RegisterIa32VmxCr0Fixed0,            REG_MSR,         0,               0x00000486 ),
    ROW( WHvX64RegisterIa32VmxCr0Fixed1,            REG_MSR,         0,               0x00000487 ),
    ROW( WHvX64RegisterIa32VmxCr4Fixed0,            REG_MSR,         0,               0x00000488 ),
    ROW( WHvX64RegisterIa32VmxCr4Fixed1,            REG_MSR,         0,               0x00000489 ),
    ROW( WHvX64RegisterIa32VmxVmcsEnum,             REG_MSR,         0,               0x0000048a ),
    ROW( WHvX64RegisterIa32VmxProcbasedCtls2,       REG_MSR,         0,               0x0000048b ),
    ROW( WHvX64RegisterIa32VmxEptVpidCap,           REG_MSR,         0,               0x0000048c ),
    ROW( WHvX64RegisterIa32VmxTruePinbasedCtls,     REG_MSR,         0,               0x0000048d ),
    ROW( WHvX64RegisterIa32VmxTrueProcbasedCtls,    REG_MSR,         0,               0x0000048e ),
    ROW( WHvX64RegisterIa32VmxTrueExitCtls,         REG_MSR,         0,               0x0000048f ),
    ROW( WHvX64RegisterIa32VmxTrueEntryCtls,        REG_MSR,         0,               0x00000490 ),
    ROW( WHvX64RegisterAmdVmHsavePa,                REG_MSR,         RESET,           0xc0010117 ),
    ROW( WHvX64RegisterAmdVmCr,                     REG_MSR,         RESET,           0xc0010114 ),
};

/* local APIC, by offset in its page */
static const struct reg_row apic_rows[] =
{
    ROW( WHvX64RegisterApicId,                      REG_APIC,        0,               0x020 ),
    ROW( WHvX64RegisterApicVersion,                 REG_APIC,        0,               0x030 ),
    ROW( WHvX64RegisterApicTpr,                     REG_APIC,        NO_GET | NO_SET, 0x080 ),
    ROW( WHvX64RegisterApicPpr,                     REG_APIC,        0,               0x0a0 ),
    ROW( WHvX64RegisterApicEoi,                     REG_APIC,        NO_GET,          0x0b0 ),
    ROW( WHvX64RegisterApicLdr,                     REG_APIC,        0,               0x0d0 ),
    ROW( WHvX64RegisterApicSpurious,                REG_APIC,        0,               0x0f0 ),
    ROW( WHvX64RegisterApicIsr0,                    REG_APIC,        0,               0x100 ),
    ROW( WHvX64RegisterApicIsr1,                    REG_APIC,        0,               0x110 ),
    ROW( WHvX64RegisterApicIsr2,                    REG_APIC,        0,               0x120 ),
    ROW( WHvX64RegisterApicIsr3,                    REG_APIC,        0,               0x130 ),
    ROW( WHvX64RegisterApicIsr4,                    REG_APIC,        0,               0x140 ),
    ROW( WHvX64RegisterApicIsr5,                    REG_APIC,        0,               0x150 ),
    ROW( WHvX64RegisterApicIsr6,                    REG_APIC,        0,               0x160 ),
    ROW( WHvX64RegisterApicIsr7,                    REG_APIC,        0,               0x170 ),
    ROW( WHvX64RegisterApicTmr0,                    REG_APIC,        0,               0x180 ),
    ROW( WHvX64RegisterApicTmr1,                    REG_APIC,        0,               0x190 ),
    ROW( WHvX64RegisterApicTmr2,                    REG_APIC,        0,               0x1a0 ),
    ROW( WHvX64RegisterApicTmr3,                    REG_APIC,        0,               0x1b0 ),
    ROW( WHvX64RegisterApicTmr4,                    REG_APIC,        0,               0x1c0 ),
    ROW( WHvX64RegisterApicTmr5,                    REG_APIC,        0,               0x1d0 ),
    ROW( WHvX64RegisterApicTmr6,                    REG_APIC,        0,               0x1e0 ),
    ROW( WHvX64RegisterApicTmr7,                    REG_APIC,        0,               0x1f0 ),
    ROW( WHvX64RegisterApicIrr0,                    REG_APIC,        0,               0x200 ),
    ROW( WHvX64RegisterApicIrr1,                    REG_APIC,        0,               0x210 ),
    ROW( WHvX64RegisterApicIrr2,                    REG_APIC,        0,               0x220 ),
    ROW( WHvX64RegisterApicIrr3,                    REG_APIC,        0,               0x230 ),
    ROW( WHvX64RegisterApicIrr4,                    REG_APIC,        0,               0x240 ),
    ROW( WHvX64RegisterApicIrr5,                    REG_APIC,        0,               0x250 ),
    ROW( WHvX64RegisterApicIrr6,                    REG_APIC,        0,               0x260 ),
    ROW( WHvX64RegisterApicIrr7,                    REG_APIC,        0,               0x270 ),
    ROW( WHvX64RegisterApicEse,                     REG_APIC,        0,               0x280 ),
    ROW( WHvX64RegisterApicIcr,                     REG_APIC,        0,               0x300 ),
    ROW( WHvX64RegisterApicLvtTimer,                REG_APIC,        0,               0x320 ),
    ROW( WHvX64RegisterApicLvtThermal,              REG_APIC,        0,               0x330 ),
    ROW( WHvX64RegisterApicLvtPerfmon,              REG_APIC,        0,               0x340 ),
    ROW( WHvX64RegisterApicLvtLint0,                REG_APIC,        0,               0x350 ),
    ROW( WHvX64RegisterApicLvtLint1,                REG_APIC,        0,               0x360 ),
    ROW( WHvX64RegisterApicLvtError,                REG_APIC,        0,               0x370 ),
    ROW( WHvX64RegisterApicInitCount,               REG_APIC,        0,               0x380 ),
    ROW( WHvX64RegisterApicCurrentCount,            REG_APIC,        0,               0x390 ),
    ROW( WHvX64RegisterApicDivide,                  REG_APIC,        0,               0x3e0 ),
    ROW( WHvX64RegisterApicSelfIpi,                 REG_APIC,        NO_GET,          0x3f0 ),
};

/* SynIC, by MSR */
static const struct reg_row synic_rows[] =
{
    ROW( WHvRegisterSint0,                          REG_SYNTHETIC,   0,               0x40000090 ),
    ROW( WHvRegisterSint1,                          REG_SYNTHETIC,   0,               0x40000091 ),
    ROW( WHvRegisterSint2,                          REG_SYNTHETIC,   0,               0x40000092 ),
    ROW( WHvRegisterSint3,                          REG_SYNTHETIC,   0,               0x40000093 ),
    ROW( WHvRegisterSint4,                          REG_SYNTHETIC,   0,               0x40000094 ),
    ROW( WHvRegisterSint5,                          REG_SYNTHETIC,   0,               0x40000095 ),
    ROW( WHvRegisterSint6,                          REG_SYNTHETIC,   0,               0x40000096 ),
    ROW( WHvRegisterSint7,                          REG_SYNTHETIC,   0,               0x40000097 ),
    ROW( WHvRegisterSint8,                          REG_SYNTHETIC,   0,               0x40000098 ),
    ROW( WHvRegisterSint9,                          REG_SYNTHETIC,   0,               0x40000099 ),
    ROW( WHvRegisterSint10,                         REG_SYNTHETIC,   0,               0x4000009a ),
    ROW( WHvRegisterSint11,                         REG_SYNTHETIC,   0,               0x4000009b ),
    ROW( WHvRegisterSint12,                         REG_SYNTHETIC,   0,               0x4000009c ),
    ROW( WHvRegisterSint13,                         REG_SYNTHETIC,   0,               0x4000009d ),
    ROW( WHvRegisterSint14,                         REG_SYNTHETIC,   0,               0x4000009e ),
    ROW( WHvRegisterSint15,                         REG_SYNTHETIC,   0,               0x4000009f ),
    ROW( WHvRegisterScontrol,                       REG_SYNTHETIC,   0,               0x40000080 ),
    ROW( WHvRegisterSversion,                       REG_SYNTHETIC,   NO_SET,          0x40000081 ),
    ROW( WHvRegisterSiefp,                          REG_SYNTHETIC,   0,               0x40000082 ),
    ROW( WHvRegisterSimp,                           REG_SYNTHETIC,   0,               0x40000083 ),
    ROW( WHvRegisterEom,                            REG_SYNTHETIC,   NO_GET,          0x40000084 ),
};

/* other synthetic registers, by MSR; nested virtualization */
static const struct reg_row hyperv_rows[] =
{
    ROW( WHvRegisterVpRuntime,                      REG_RUNTIME,     NO_SET,          0 ),
    ROW( WHvX64RegisterHypercall,                   REG_SYNTHETIC,   0,               0x40000001 ),
    ROW( WHvRegisterGuestOsId,                      REG_SYNTHETIC,   0,               0x40000000 ),
    ROW( WHvRegisterVpAssistPage,                   REG_SYNTHETIC,   0,               0x40000073 ),
    ROW( WHvRegisterReferenceTsc,                   REG_SYNTHETIC,   0,               0x40000021 ),
    ROW( WHvRegisterReferenceTscSequence,           REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterNestedGuestState,            REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterNestedCurrentVmGpa,          REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterNestedVmxInvEpt,             REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterNestedVmxInvVpid,            REG_REFUSED,     0,               0 ),
};

/* our own: vectors.h */
static const struct reg_row vector_rows[] =
{
    LOW( 0 ), LOW( 1 ), LOW( 2 ), LOW( 3 ), LOW( 4 ), LOW( 5 ), LOW( 6 ), LOW( 7 ),
    LOW( 8 ), LOW( 9 ), LOW( 10 ), LOW( 11 ), LOW( 12 ), LOW( 13 ), LOW( 14 ), LOW( 15 ),
    HIGH( 16 ), HIGH( 17 ), HIGH( 18 ), HIGH( 19 ), HIGH( 20 ), HIGH( 21 ), HIGH( 22 ), HIGH( 23 ),
    HIGH( 24 ), HIGH( 25 ), HIGH( 26 ), HIGH( 27 ), HIGH( 28 ), HIGH( 29 ), HIGH( 30 ), HIGH( 31 ),
    OPMASK( 0 ), OPMASK( 1 ), OPMASK( 2 ), OPMASK( 3 ), OPMASK( 4 ), OPMASK( 5 ), OPMASK( 6 ), OPMASK( 7 ),
};

/* events */
static const struct reg_row event_rows[] =
{
    ROW( WHvRegisterPendingInterruption,            REG_EVENT,       0,               0 ),
    ROW( WHvRegisterInterruptState,                 REG_EVENT,       0,               0 ),
    ROW( WHvRegisterPendingEvent,                   REG_EVENT,       0,               0 ),
    ROW( WHvRegisterPendingEvent1,                  REG_REFUSED,     0,               0 ),
    ROW( WHvX64RegisterDeliverabilityNotifications, REG_EVENT,       0,               0 ),
    ROW( WHvRegisterInternalActivityState,          REG_EVENT,       0,               0 ),
    ROW( WHvX64RegisterPendingDebugException,       REG_EVENT,       0,               0 ),
    ROW( WHvRegisterPendingEvent2,                  REG_REFUSED,     0,               0 ),
    ROW( WHvRegisterPendingEvent3,                  REG_REFUSED,     0,               0 ),
};

const struct reg_row reg_none = { 0 };

#define PART( first, rows )  { (UINT32)(first) & ~0xfffu, ARRAY_SIZE( rows ), rows }

const struct reg_part reg_parts[REG_PARTS] =
{
    PART( WHvX64RegisterRax, reg_cpu_rows ),
    PART( WHvX64RegisterXmm0, fpu_rows ),
    PART( WHvX64RegisterTsc, msr_rows ),
    PART( WHvX64RegisterApicId, apic_rows ),
    PART( WHvRegisterSint0, synic_rows ),
    PART( WHvRegisterVpRuntime, hyperv_rows ),
    PART( WHV_VECTOR_FIRST, vector_rows ),
    PART( WHvRegisterPendingInterruption, event_rows ),
};
