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

#include "host/kvm.h"
#include "registers/table_x86.h"
#include "vectors.h"

#define GPR(field)   offsetof( struct kvm_regs, field )
#define SREG(field)  offsetof( struct kvm_sregs, field )
#define DEBUG(field) offsetof( struct kvm_debugregs, field )

/* vector registers by XSAVE component: the upper half of YMM, of ZMM, ZMM16-31, masks
 * (Intel SDM volume 1, chapter 13.5) */
#define LANE( reg, lane, component, offset ) \
                     { WHV_VECTOR_LANE( reg, lane ), REG_XSTATE, 0, REG_XSTATE_PLACE( component, offset ) }
#define LOW( reg )   LANE( reg, 1, 2, (reg) * 16 ), LANE( reg, 2, 6, (reg) * 32 ), LANE( reg, 3, 6, (reg) * 32 + 16 )
#define HIGH( reg )  LANE( reg, 0, 7, (reg) * 64 - 1024 ), LANE( reg, 1, 7, (reg) * 64 - 1008 ), \
                     LANE( reg, 2, 7, (reg) * 64 - 992 ), LANE( reg, 3, 7, (reg) * 64 - 976 )
#define OPMASK( k )  { WHV_VECTOR_OPMASK( k ), REG_XSTATE, 0, REG_XSTATE_PLACE( 5, (k) * 8 ) }

#define NO_GET REG_NO_GET
#define NO_SET REG_NO_SET
#define RESET  REG_RESET

/* Sorted by name. Without RESET: what a reset leaves alone (the TSC, counters, capabilities),
 * and the variable ranges that KVM does not have. */
const struct reg_row reg_table[] =
{
    /* general registers */
    { WHvX64RegisterRax,                         REG_GPR,         0,               GPR(rax) },
    { WHvX64RegisterRcx,                         REG_GPR,         0,               GPR(rcx) },
    { WHvX64RegisterRdx,                         REG_GPR,         0,               GPR(rdx) },
    { WHvX64RegisterRbx,                         REG_GPR,         0,               GPR(rbx) },
    { WHvX64RegisterRsp,                         REG_GPR,         0,               GPR(rsp) },
    { WHvX64RegisterRbp,                         REG_GPR,         0,               GPR(rbp) },
    { WHvX64RegisterRsi,                         REG_GPR,         0,               GPR(rsi) },
    { WHvX64RegisterRdi,                         REG_GPR,         0,               GPR(rdi) },
    { WHvX64RegisterR8,                          REG_GPR,         0,               GPR(r8) },
    { WHvX64RegisterR9,                          REG_GPR,         0,               GPR(r9) },
    { WHvX64RegisterR10,                         REG_GPR,         0,               GPR(r10) },
    { WHvX64RegisterR11,                         REG_GPR,         0,               GPR(r11) },
    { WHvX64RegisterR12,                         REG_GPR,         0,               GPR(r12) },
    { WHvX64RegisterR13,                         REG_GPR,         0,               GPR(r13) },
    { WHvX64RegisterR14,                         REG_GPR,         0,               GPR(r14) },
    { WHvX64RegisterR15,                         REG_GPR,         0,               GPR(r15) },
    { WHvX64RegisterRip,                         REG_GPR,         0,               GPR(rip) },
    { WHvX64RegisterRflags,                      REG_GPR,         0,               GPR(rflags) },
    /* segments, tables, control registers */
    { WHvX64RegisterEs,                          REG_SEGMENT,     0,               SREG(es) },
    { WHvX64RegisterCs,                          REG_SEGMENT,     0,               SREG(cs) },
    { WHvX64RegisterSs,                          REG_SEGMENT,     0,               SREG(ss) },
    { WHvX64RegisterDs,                          REG_SEGMENT,     0,               SREG(ds) },
    { WHvX64RegisterFs,                          REG_SEGMENT,     0,               SREG(fs) },
    { WHvX64RegisterGs,                          REG_SEGMENT,     0,               SREG(gs) },
    { WHvX64RegisterLdtr,                        REG_SEGMENT,     0,               SREG(ldt) },
    { WHvX64RegisterTr,                          REG_SEGMENT,     0,               SREG(tr) },
    { WHvX64RegisterIdtr,                        REG_TABLE,       0,               SREG(idt) },
    { WHvX64RegisterGdtr,                        REG_TABLE,       0,               SREG(gdt) },
    { WHvX64RegisterCr0,                         REG_SREG,        0,               SREG(cr0) },
    { WHvX64RegisterCr2,                         REG_SREG,        0,               SREG(cr2) },
    { WHvX64RegisterCr3,                         REG_SREG,        0,               SREG(cr3) },
    { WHvX64RegisterCr4,                         REG_SREG,        0,               SREG(cr4) },
    { WHvX64RegisterCr8,                         REG_CR8,         0,               SREG(cr8) },
    /* debug registers, XCR0 */
    { WHvX64RegisterDr0,                         REG_DEBUG,       0,               DEBUG(db[0]) },
    { WHvX64RegisterDr1,                         REG_DEBUG,       0,               DEBUG(db[1]) },
    { WHvX64RegisterDr2,                         REG_DEBUG,       0,               DEBUG(db[2]) },
    { WHvX64RegisterDr3,                         REG_DEBUG,       0,               DEBUG(db[3]) },
    { WHvX64RegisterDr6,                         REG_DEBUG,       0,               DEBUG(dr6) },
    { WHvX64RegisterDr7,                         REG_DEBUG,       0,               DEBUG(dr7) },
    { WHvX64RegisterXCr0,                        REG_XCR0,        0,               0 },
    /* what the hypervisor shows of control registers under intercept: no public definition */
    { WHvX64RegisterVirtualCr0,                  REG_REFUSED,     0,               0 },
    { WHvX64RegisterVirtualCr3,                  REG_REFUSED,     0,               0 },
    { WHvX64RegisterVirtualCr4,                  REG_REFUSED,     0,               0 },
    { WHvX64RegisterVirtualCr8,                  REG_REFUSED,     0,               0 },
    /* FPU, by offset in the FXSAVE area */
    { WHvX64RegisterXmm0,                        REG_XMM,         0,               160 },
    { WHvX64RegisterXmm1,                        REG_XMM,         0,               176 },
    { WHvX64RegisterXmm2,                        REG_XMM,         0,               192 },
    { WHvX64RegisterXmm3,                        REG_XMM,         0,               208 },
    { WHvX64RegisterXmm4,                        REG_XMM,         0,               224 },
    { WHvX64RegisterXmm5,                        REG_XMM,         0,               240 },
    { WHvX64RegisterXmm6,                        REG_XMM,         0,               256 },
    { WHvX64RegisterXmm7,                        REG_XMM,         0,               272 },
    { WHvX64RegisterXmm8,                        REG_XMM,         0,               288 },
    { WHvX64RegisterXmm9,                        REG_XMM,         0,               304 },
    { WHvX64RegisterXmm10,                       REG_XMM,         0,               320 },
    { WHvX64RegisterXmm11,                       REG_XMM,         0,               336 },
    { WHvX64RegisterXmm12,                       REG_XMM,         0,               352 },
    { WHvX64RegisterXmm13,                       REG_XMM,         0,               368 },
    { WHvX64RegisterXmm14,                       REG_XMM,         0,               384 },
    { WHvX64RegisterXmm15,                       REG_XMM,         0,               400 },
    { WHvX64RegisterFpMmx0,                      REG_FP,          0,               32 },
    { WHvX64RegisterFpMmx1,                      REG_FP,          0,               48 },
    { WHvX64RegisterFpMmx2,                      REG_FP,          0,               64 },
    { WHvX64RegisterFpMmx3,                      REG_FP,          0,               80 },
    { WHvX64RegisterFpMmx4,                      REG_FP,          0,               96 },
    { WHvX64RegisterFpMmx5,                      REG_FP,          0,               112 },
    { WHvX64RegisterFpMmx6,                      REG_FP,          0,               128 },
    { WHvX64RegisterFpMmx7,                      REG_FP,          0,               144 },
    { WHvX64RegisterFpControlStatus,             REG_FP_CONTROL,  0,               0 },
    { WHvX64RegisterXmmControlStatus,            REG_XMM_CONTROL, 0,               0 },
    /* MSRs */
    { WHvX64RegisterTsc,                         REG_MSR,         0,               0x00000010 },
    { WHvX64RegisterEfer,                        REG_SREG,        0,               SREG(efer) },
    { WHvX64RegisterKernelGsBase,                REG_MSR,         RESET,           0xc0000102 },
    { WHvX64RegisterApicBase,                    REG_SREG,        0,               SREG(apic_base) },
    { WHvX64RegisterPat,                         REG_MSR,         RESET,           0x00000277 },
    { WHvX64RegisterSysenterCs,                  REG_MSR,         RESET,           0x00000174 },
    { WHvX64RegisterSysenterEip,                 REG_MSR,         RESET,           0x00000176 },
    { WHvX64RegisterSysenterEsp,                 REG_MSR,         RESET,           0x00000175 },
    { WHvX64RegisterStar,                        REG_MSR,         RESET,           0xc0000081 },
    { WHvX64RegisterLstar,                       REG_MSR,         RESET,           0xc0000082 },
    { WHvX64RegisterCstar,                       REG_MSR,         RESET,           0xc0000083 },
    { WHvX64RegisterSfmask,                      REG_MSR,         RESET,           0xc0000084 },
    { WHvX64RegisterInitialApicId,               REG_APIC_ID,     0,               0 },
    { WHvX64RegisterMsrMtrrCap,                  REG_MSR,         NO_SET,          0x000000fe },
    { WHvX64RegisterMsrMtrrDefType,              REG_MSR,         RESET,           0x000002ff },
    { WHvX64RegisterMsrMtrrPhysBase0,            REG_MSR,         RESET,           0x00000200 },
    { WHvX64RegisterMsrMtrrPhysBase1,            REG_MSR,         RESET,           0x00000202 },
    { WHvX64RegisterMsrMtrrPhysBase2,            REG_MSR,         RESET,           0x00000204 },
    { WHvX64RegisterMsrMtrrPhysBase3,            REG_MSR,         RESET,           0x00000206 },
    { WHvX64RegisterMsrMtrrPhysBase4,            REG_MSR,         RESET,           0x00000208 },
    { WHvX64RegisterMsrMtrrPhysBase5,            REG_MSR,         RESET,           0x0000020a },
    { WHvX64RegisterMsrMtrrPhysBase6,            REG_MSR,         RESET,           0x0000020c },
    { WHvX64RegisterMsrMtrrPhysBase7,            REG_MSR,         RESET,           0x0000020e },
    { WHvX64RegisterMsrMtrrPhysBase8,            REG_MSR,         0,               0x00000210 },
    { WHvX64RegisterMsrMtrrPhysBase9,            REG_MSR,         0,               0x00000212 },
    { WHvX64RegisterMsrMtrrPhysBaseA,            REG_MSR,         0,               0x00000214 },
    { WHvX64RegisterMsrMtrrPhysBaseB,            REG_MSR,         0,               0x00000216 },
    { WHvX64RegisterMsrMtrrPhysBaseC,            REG_MSR,         0,               0x00000218 },
    { WHvX64RegisterMsrMtrrPhysBaseD,            REG_MSR,         0,               0x0000021a },
    { WHvX64RegisterMsrMtrrPhysBaseE,            REG_MSR,         0,               0x0000021c },
    { WHvX64RegisterMsrMtrrPhysBaseF,            REG_MSR,         0,               0x0000021e },
    { WHvX64RegisterMsrMtrrPhysMask0,            REG_MSR,         RESET,           0x00000201 },
    { WHvX64RegisterMsrMtrrPhysMask1,            REG_MSR,         RESET,           0x00000203 },
    { WHvX64RegisterMsrMtrrPhysMask2,            REG_MSR,         RESET,           0x00000205 },
    { WHvX64RegisterMsrMtrrPhysMask3,            REG_MSR,         RESET,           0x00000207 },
    { WHvX64RegisterMsrMtrrPhysMask4,            REG_MSR,         RESET,           0x00000209 },
    { WHvX64RegisterMsrMtrrPhysMask5,            REG_MSR,         RESET,           0x0000020b },
    { WHvX64RegisterMsrMtrrPhysMask6,            REG_MSR,         RESET,           0x0000020d },
    { WHvX64RegisterMsrMtrrPhysMask7,            REG_MSR,         RESET,           0x0000020f },
    { WHvX64RegisterMsrMtrrPhysMask8,            REG_MSR,         0,               0x00000211 },
    { WHvX64RegisterMsrMtrrPhysMask9,            REG_MSR,         0,               0x00000213 },
    { WHvX64RegisterMsrMtrrPhysMaskA,            REG_MSR,         0,               0x00000215 },
    { WHvX64RegisterMsrMtrrPhysMaskB,            REG_MSR,         0,               0x00000217 },
    { WHvX64RegisterMsrMtrrPhysMaskC,            REG_MSR,         0,               0x00000219 },
    { WHvX64RegisterMsrMtrrPhysMaskD,            REG_MSR,         0,               0x0000021b },
    { WHvX64RegisterMsrMtrrPhysMaskE,            REG_MSR,         0,               0x0000021d },
    { WHvX64RegisterMsrMtrrPhysMaskF,            REG_MSR,         0,               0x0000021f },
    { WHvX64RegisterMsrMtrrFix64k00000,          REG_MSR,         RESET,           0x00000250 },
    { WHvX64RegisterMsrMtrrFix16k80000,          REG_MSR,         RESET,           0x00000258 },
    { WHvX64RegisterMsrMtrrFix16kA0000,          REG_MSR,         RESET,           0x00000259 },
    { WHvX64RegisterMsrMtrrFix4kC0000,           REG_MSR,         RESET,           0x00000268 },
    { WHvX64RegisterMsrMtrrFix4kC8000,           REG_MSR,         RESET,           0x00000269 },
    { WHvX64RegisterMsrMtrrFix4kD0000,           REG_MSR,         RESET,           0x0000026a },
    { WHvX64RegisterMsrMtrrFix4kD8000,           REG_MSR,         RESET,           0x0000026b },
    { WHvX64RegisterMsrMtrrFix4kE0000,           REG_MSR,         RESET,           0x0000026c },
    { WHvX64RegisterMsrMtrrFix4kE8000,           REG_MSR,         RESET,           0x0000026d },
    { WHvX64RegisterMsrMtrrFix4kF0000,           REG_MSR,         RESET,           0x0000026e },
    { WHvX64RegisterMsrMtrrFix4kF8000,           REG_MSR,         RESET,           0x0000026f },
    { WHvX64RegisterTscAux,                      REG_MSR,         RESET,           0xc0000103 },
    { WHvX64RegisterBndcfgs,                     REG_MSR,         RESET,           0x00000d90 },
    { WHvX64RegisterMCount,                      REG_MSR,         0,               0x000000e7 },
    { WHvX64RegisterACount,                      REG_MSR,         0,               0x000000e8 },
    { WHvX64RegisterSpecCtrl,                    REG_MSR,         RESET,           0x00000048 },
    { WHvX64RegisterPredCmd,                     REG_MSR,         NO_GET,          0x00000049 },
    { WHvX64RegisterTscVirtualOffset,            REG_TSC_OFFSET,  0,               0 },
    { WHvX64RegisterTsxCtrl,                     REG_MSR,         RESET,           0x00000122 },
    { WHvX64RegisterXss,                         REG_MSR,         RESET,           0x00000da0 },
    { WHvX64RegisterUCet,                        REG_MSR,         RESET,           0x000006a0 },
    { WHvX64RegisterSCet,                        REG_MSR,         RESET,           0x000006a2 },
    { WHvX64RegisterSsp,                         REG_REFUSED,     0,               0 },
    { WHvX64RegisterPl0Ssp,                      REG_MSR,         RESET,           0x000006a4 },
    { WHvX64RegisterPl1Ssp,                      REG_MSR,         RESET,           0x000006a5 },
    { WHvX64RegisterPl2Ssp,                      REG_MSR,         RESET,           0x000006a6 },
    { WHvX64RegisterPl3Ssp,                      REG_MSR,         RESET,           0x000006a7 },
    { WHvX64RegisterInterruptSspTableAddr,       REG_MSR,         RESET,           0x000006a8 },
    { WHvX64RegisterTscDeadline,                 REG_MSR,         RESET,           0x000006e0 },
    { WHvX64RegisterTscAdjust,                   REG_MSR,         RESET,           0x0000003b },
    { WHvX64RegisterUmwaitControl,               REG_MSR,         RESET,           0x000000e1 },
    { WHvX64RegisterXfd,                         REG_MSR,         RESET,           0x000001c4 },
    { WHvX64RegisterXfdErr,                      REG_MSR,         RESET,           0x000001c5 },
    { WHvX64RegisterMsrIa32MiscEnable,           REG_MSR,         0,               0x000001a0 },
    { WHvX64RegisterIa32FeatureControl,          REG_MSR,         RESET,           0x0000003a },
    { WHvX64RegisterIa32VmxBasic,                REG_MSR,         0,               0x00000480 },
    { WHvX64RegisterIa32VmxPinbasedCtls,         REG_MSR,         0,               0x00000481 },
    { WHvX64RegisterIa32VmxProcbasedCtls,        REG_MSR,         0,               0x00000482 },
    { WHvX64RegisterIa32VmxExitCtls,             REG_MSR,         0,               0x00000483 },
    { WHvX64RegisterIa32VmxEntryCtls,            REG_MSR,         0,               0x00000484 },
    { WHvX64RegisterIa32VmxMisc,                 REG_MSR,         0,               0x00000485 },
    { WHvX64RegisterIa32VmxCr0Fixed0,            REG_MSR,         0,               0x00000486 },
    { WHvX64RegisterIa32VmxCr0Fixed1,            REG_MSR,         0,               0x00000487 },
    { WHvX64RegisterIa32VmxCr4Fixed0,            REG_MSR,         0,               0x00000488 },
    { WHvX64RegisterIa32VmxCr4Fixed1,            REG_MSR,         0,               0x00000489 },
    { WHvX64RegisterIa32VmxVmcsEnum,             REG_MSR,         0,               0x0000048a },
    { WHvX64RegisterIa32VmxProcbasedCtls2,       REG_MSR,         0,               0x0000048b },
    { WHvX64RegisterIa32VmxEptVpidCap,           REG_MSR,         0,               0x0000048c },
    { WHvX64RegisterIa32VmxTruePinbasedCtls,     REG_MSR,         0,               0x0000048d },
    { WHvX64RegisterIa32VmxTrueProcbasedCtls,    REG_MSR,         0,               0x0000048e },
    { WHvX64RegisterIa32VmxTrueExitCtls,         REG_MSR,         0,               0x0000048f },
    { WHvX64RegisterIa32VmxTrueEntryCtls,        REG_MSR,         0,               0x00000490 },
    { WHvX64RegisterAmdVmHsavePa,                REG_MSR,         RESET,           0xc0010117 },
    { WHvX64RegisterAmdVmCr,                     REG_MSR,         RESET,           0xc0010114 },
    /* local APIC, by offset in its page */
    { WHvX64RegisterApicId,                      REG_APIC,        0,               0x020 },
    { WHvX64RegisterApicVersion,                 REG_APIC,        0,               0x030 },
    { WHvX64RegisterApicTpr,                     REG_APIC,        NO_GET | NO_SET, 0x080 },
    { WHvX64RegisterApicPpr,                     REG_APIC,        0,               0x0a0 },
    { WHvX64RegisterApicEoi,                     REG_APIC,        NO_GET,          0x0b0 },
    { WHvX64RegisterApicLdr,                     REG_APIC,        0,               0x0d0 },
    { WHvX64RegisterApicSpurious,                REG_APIC,        0,               0x0f0 },
    { WHvX64RegisterApicIsr0,                    REG_APIC,        0,               0x100 },
    { WHvX64RegisterApicIsr1,                    REG_APIC,        0,               0x110 },
    { WHvX64RegisterApicIsr2,                    REG_APIC,        0,               0x120 },
    { WHvX64RegisterApicIsr3,                    REG_APIC,        0,               0x130 },
    { WHvX64RegisterApicIsr4,                    REG_APIC,        0,               0x140 },
    { WHvX64RegisterApicIsr5,                    REG_APIC,        0,               0x150 },
    { WHvX64RegisterApicIsr6,                    REG_APIC,        0,               0x160 },
    { WHvX64RegisterApicIsr7,                    REG_APIC,        0,               0x170 },
    { WHvX64RegisterApicTmr0,                    REG_APIC,        0,               0x180 },
    { WHvX64RegisterApicTmr1,                    REG_APIC,        0,               0x190 },
    { WHvX64RegisterApicTmr2,                    REG_APIC,        0,               0x1a0 },
    { WHvX64RegisterApicTmr3,                    REG_APIC,        0,               0x1b0 },
    { WHvX64RegisterApicTmr4,                    REG_APIC,        0,               0x1c0 },
    { WHvX64RegisterApicTmr5,                    REG_APIC,        0,               0x1d0 },
    { WHvX64RegisterApicTmr6,                    REG_APIC,        0,               0x1e0 },
    { WHvX64RegisterApicTmr7,                    REG_APIC,        0,               0x1f0 },
    { WHvX64RegisterApicIrr0,                    REG_APIC,        0,               0x200 },
    { WHvX64RegisterApicIrr1,                    REG_APIC,        0,               0x210 },
    { WHvX64RegisterApicIrr2,                    REG_APIC,        0,               0x220 },
    { WHvX64RegisterApicIrr3,                    REG_APIC,        0,               0x230 },
    { WHvX64RegisterApicIrr4,                    REG_APIC,        0,               0x240 },
    { WHvX64RegisterApicIrr5,                    REG_APIC,        0,               0x250 },
    { WHvX64RegisterApicIrr6,                    REG_APIC,        0,               0x260 },
    { WHvX64RegisterApicIrr7,                    REG_APIC,        0,               0x270 },
    { WHvX64RegisterApicEse,                     REG_APIC,        0,               0x280 },
    { WHvX64RegisterApicIcr,                     REG_APIC,        0,               0x300 },
    { WHvX64RegisterApicLvtTimer,                REG_APIC,        0,               0x320 },
    { WHvX64RegisterApicLvtThermal,              REG_APIC,        0,               0x330 },
    { WHvX64RegisterApicLvtPerfmon,              REG_APIC,        0,               0x340 },
    { WHvX64RegisterApicLvtLint0,                REG_APIC,        0,               0x350 },
    { WHvX64RegisterApicLvtLint1,                REG_APIC,        0,               0x360 },
    { WHvX64RegisterApicLvtError,                REG_APIC,        0,               0x370 },
    { WHvX64RegisterApicInitCount,               REG_APIC,        0,               0x380 },
    { WHvX64RegisterApicCurrentCount,            REG_APIC,        0,               0x390 },
    { WHvX64RegisterApicDivide,                  REG_APIC,        0,               0x3e0 },
    { WHvX64RegisterApicSelfIpi,                 REG_APIC,        NO_GET,          0x3f0 },
    /* SynIC and hypercall page, by MSR */
    { WHvRegisterSint0,                          REG_SYNTHETIC,   0,               0x40000090 },
    { WHvRegisterSint1,                          REG_SYNTHETIC,   0,               0x40000091 },
    { WHvRegisterSint2,                          REG_SYNTHETIC,   0,               0x40000092 },
    { WHvRegisterSint3,                          REG_SYNTHETIC,   0,               0x40000093 },
    { WHvRegisterSint4,                          REG_SYNTHETIC,   0,               0x40000094 },
    { WHvRegisterSint5,                          REG_SYNTHETIC,   0,               0x40000095 },
    { WHvRegisterSint6,                          REG_SYNTHETIC,   0,               0x40000096 },
    { WHvRegisterSint7,                          REG_SYNTHETIC,   0,               0x40000097 },
    { WHvRegisterSint8,                          REG_SYNTHETIC,   0,               0x40000098 },
    { WHvRegisterSint9,                          REG_SYNTHETIC,   0,               0x40000099 },
    { WHvRegisterSint10,                         REG_SYNTHETIC,   0,               0x4000009a },
    { WHvRegisterSint11,                         REG_SYNTHETIC,   0,               0x4000009b },
    { WHvRegisterSint12,                         REG_SYNTHETIC,   0,               0x4000009c },
    { WHvRegisterSint13,                         REG_SYNTHETIC,   0,               0x4000009d },
    { WHvRegisterSint14,                         REG_SYNTHETIC,   0,               0x4000009e },
    { WHvRegisterSint15,                         REG_SYNTHETIC,   0,               0x4000009f },
    { WHvRegisterScontrol,                       REG_SYNTHETIC,   0,               0x40000080 },
    { WHvRegisterSversion,                       REG_SYNTHETIC,   NO_SET,          0x40000081 },
    { WHvRegisterSiefp,                          REG_SYNTHETIC,   0,               0x40000082 },
    { WHvRegisterSimp,                           REG_SYNTHETIC,   0,               0x40000083 },
    { WHvRegisterEom,                            REG_SYNTHETIC,   NO_GET,          0x40000084 },
    { WHvRegisterVpRuntime,                      REG_RUNTIME,     NO_SET,          0 },
    { WHvX64RegisterHypercall,                   REG_SYNTHETIC,   0,               0x40000001 },
    { WHvRegisterGuestOsId,                      REG_SYNTHETIC,   0,               0x40000000 },
    { WHvRegisterVpAssistPage,                   REG_SYNTHETIC,   0,               0x40000073 },
    { WHvRegisterReferenceTsc,                   REG_SYNTHETIC,   0,               0x40000021 },
    { WHvRegisterReferenceTscSequence,           REG_REFUSED,     0,               0 },
    /* nested virtualization */
    { WHvX64RegisterNestedGuestState,            REG_REFUSED,     0,               0 },
    { WHvX64RegisterNestedCurrentVmGpa,          REG_REFUSED,     0,               0 },
    { WHvX64RegisterNestedVmxInvEpt,             REG_REFUSED,     0,               0 },
    { WHvX64RegisterNestedVmxInvVpid,            REG_REFUSED,     0,               0 },
    /* our own: vectors.h */
    LOW( 0 ), LOW( 1 ), LOW( 2 ), LOW( 3 ), LOW( 4 ), LOW( 5 ), LOW( 6 ), LOW( 7 ),
    LOW( 8 ), LOW( 9 ), LOW( 10 ), LOW( 11 ), LOW( 12 ), LOW( 13 ), LOW( 14 ), LOW( 15 ),
    HIGH( 16 ), HIGH( 17 ), HIGH( 18 ), HIGH( 19 ), HIGH( 20 ), HIGH( 21 ), HIGH( 22 ), HIGH( 23 ),
    HIGH( 24 ), HIGH( 25 ), HIGH( 26 ), HIGH( 27 ), HIGH( 28 ), HIGH( 29 ), HIGH( 30 ), HIGH( 31 ),
    OPMASK( 0 ), OPMASK( 1 ), OPMASK( 2 ), OPMASK( 3 ), OPMASK( 4 ), OPMASK( 5 ), OPMASK( 6 ), OPMASK( 7 ),
    /* events */
    { WHvRegisterPendingInterruption,            REG_EVENT,       0,               0 },
    { WHvRegisterInterruptState,                 REG_EVENT,       0,               0 },
    { WHvRegisterPendingEvent,                   REG_EVENT,       0,               0 },
    { WHvRegisterPendingEvent1,                  REG_REFUSED,     0,               0 },
    { WHvX64RegisterDeliverabilityNotifications, REG_EVENT,       0,               0 },
    { WHvRegisterInternalActivityState,          REG_EVENT,       0,               0 },
    { WHvX64RegisterPendingDebugException,       REG_EVENT,       0,               0 },
    { WHvRegisterPendingEvent2,                  REG_REFUSED,     0,               0 },
    { WHvRegisterPendingEvent3,                  REG_REFUSED,     0,               0 },
};

const UINT32 reg_table_count = sizeof(reg_table) / sizeof(reg_table[0]);

const struct reg_row *reg_find( UINT32 name )
{
    UINT32 low = 0, high = reg_table_count, middle;

    /* the first names have no gaps */
    if (name <= WHvX64RegisterVirtualCr8) return &reg_table[name];
    while (low < high)
    {
        middle = (low + high) / 2;
        if (reg_table[middle].name == name) return &reg_table[middle];
        if (reg_table[middle].name < name) low = middle + 1;
        else high = middle;
    }
    return NULL;
}
