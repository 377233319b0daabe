/*
 * What an instruction may use
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

#include "host/features_x86.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/encode.h"
#include "registers/registers_x86.h"
#include "softkvm/fault.h"
#include "softkvm/state.h"
#include "softkvm/unit.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

BOOL execute_xcr0( struct execute *ex, UINT64 *value )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterXCr0;
    WHV_REGISTER_VALUE reg;

    if (FAILED(regs_get( ex->vp, &name, 1, &reg ))) return 0;
    *value = reg.Reg64;
    return 1;
}

/* Not asked: the guest's CPUID. A KVM that needs us does not hide features from ring 3 code either, which it executes
 * natively (and whose answers it adds to the table); what the host CPU has, the guest has. */
enum execute_result execute_check_unit( struct execute *ex, enum insn_unit unit )
{
    const struct kvm_sregs *sregs = view_sregs( ex->vp );
    BOOL vex_mode = (sregs->cr0 & CR0_PE) && !(ex->rflags & RFLAGS_VM);
    UINT64 xcr0;

    switch (unit)
    {
    case INSN_UNIT_GPR:
        return !ex->insn.vex || vex_mode ? EXECUTE_DONE : execute_fault( ex, VECTOR_UD );
    case INSN_UNIT_X87:
        return sregs->cr0 & (CR0_EM | CR0_TS) ? execute_fault( ex, VECTOR_NM ) : EXECUTE_DONE;
    case INSN_UNIT_MMX:
        if (sregs->cr0 & CR0_EM) return execute_fault( ex, VECTOR_UD );
        break;
    case INSN_UNIT_SSE:
        if ((sregs->cr0 & CR0_EM) || !(sregs->cr4 & CR4_OSFXSR)) return execute_fault( ex, VECTOR_UD );
        break;
    case INSN_UNIT_AVX:
        if (!vex_mode || !(sregs->cr4 & CR4_OSXSAVE)) return execute_fault( ex, VECTOR_UD );
        if (!execute_xcr0( ex, &xcr0 )) return EXECUTE_REFUSED;
        if ((xcr0 & 6) != 6) return execute_fault( ex, VECTOR_UD );
        break;
    }
    return sregs->cr0 & CR0_TS ? execute_fault( ex, VECTOR_NM ) : EXECUTE_DONE;
}

/* Does the guest's CPUID offer the instruction? Without its bit these are #UD, but for LZCNT and TZCNT, which are then
 * BSR and BSF: those never come here, KVM has them. Not known before the vp has its leaves: the host decides. */
BOOL execute_is_offered( const struct vp *vp, UINT32 leaf, UINT8 reg, UINT8 bit )
{
    const struct kvm_cpuid_entry2 *entry;
    UINT32 regs[4];

    if (!leaf || !vp->arch.cpuid.table || !vp->arch.cpuid.table->head.nent) return TRUE;
    if (!(entry = features_find( &vp->arch.cpuid.table->head, leaf, 0 ))) return FALSE;
    regs[EAX] = entry->eax;
    regs[EBX] = entry->ebx;
    regs[ECX] = entry->ecx;
    regs[EDX] = entry->edx;
    return regs[reg] >> bit & 1;
}
