/*
 * Executing what KVM can't: the table, faults, memory
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

#include <string.h>

#include "code.h"
#include "debug.h"
#include "events.h"
#include "exits.h"
#include "execute_x86.h"
#include "gva.h"
#include "regs.h"
#include "rewind.h"
#include "trace.h"

#define PF_PRESENT  1
#define PF_WRITE    2
#define PF_USER     4
#define PF_RESERVED 8

/* ---- faults ---- */

enum execute_result execute_fault_code( struct execute *ex, UINT8 vector, UINT32 code, UINT64 parameter )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.ExceptionEvent.EventPending = 1;
    value.ExceptionEvent.Vector = vector;
    value.ExceptionEvent.ExceptionParameter = parameter;
    /* real mode pushes no error code */
    if (code != ~0u && (ex->vp->run->s.regs.sregs.cr0 & EX_CR0_PE))
    {
        value.ExceptionEvent.DeliverErrorCode = 1;
        value.ExceptionEvent.ErrorCode = code;
    }
    TRACE( "vp %u: fault %u code %#x at %#llx\n", ex->vp->index, vector, code, (unsigned long long)ex->vp->run->s.regs.regs.rip );
    return FAILED(events_set( ex->vp, WHvRegisterPendingEvent, &value )) ? EXECUTE_REFUSED : EXECUTE_FAULT;
}

enum execute_result execute_fault( struct execute *ex, UINT8 vector )
{
    return execute_fault_code( ex, vector, vector == VECTOR_GP || vector == VECTOR_SS ? 0 : ~0u, 0 );
}

/* ---- memory ---- */

UINT64 execute_address( const struct execute *ex )
{
    return code_linear( ex->vp, ex->insn.mem.segment, insn_mem_offset( &ex->insn, ex->gpr, ex->rip ));
}

static enum execute_result page_fault( struct execute *ex, WHV_TRANSLATE_GVA_RESULT_CODE code, UINT64 gva, BOOL write )
{
    UINT32 error = (write ? PF_WRITE : 0) | (ex->cpl == 3 ? PF_USER : 0);

    switch (code)
    {
    case WHvTranslateGvaResultPageNotPresent:
        break;
    case WHvTranslateGvaResultPrivilegeViolation:
        error |= PF_PRESENT;
        break;
    case WHvTranslateGvaResultInvalidPageTableFlags:
        error |= PF_PRESENT | PF_RESERVED;
        break;
    default:
        return EXECUTE_REFUSED;         /* no RAM: not ours */
    }
    return execute_fault_code( ex, VECTOR_PF, error, gva );
}

enum execute_result execute_open( struct execute *ex, UINT8 segment, UINT64 gva, UINT32 size, BOOL write,
                                  struct execute_memory *memory )
{
    UINT32 flags = WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagSetPageTableBits, done, part;
    UINT64 top = ex->gva.cr4 & (1ull << 12) ? 1ull << 56 : 1ull << 47;
    WHV_TRANSLATE_GVA_RESULT_CODE code;

    if (write) flags |= WHvTranslateGvaFlagValidateWrite;
    if (ex->mode == INSN_MODE_64 && (gva + top >= 2 * top || gva + size - 1 + top >= 2 * top))
        return execute_fault( ex, segment == INSN_SEGMENT_SS ? VECTOR_SS : VECTOR_GP );

    memory->gva = gva;
    memory->size = size;
    memory->count = 0;
    for (done = 0; done < size; done += part)
    {
        if (memory->count == EXECUTE_MAX_PARTS) return EXECUTE_REFUSED;
        part = GPA_PAGE_SIZE - ((gva + done) & (GPA_PAGE_SIZE - 1));
        if (part > size - done) part = size - done;
        code = gva_translate( &ex->gva, gva + done, flags, &memory->parts[memory->count].gpa );
        if (code != WHvTranslateGvaResultSuccess) return page_fault( ex, code, gva + done, write );
        memory->parts[memory->count++].size = part;
    }
    return EXECUTE_DONE;
}

static BOOL copy( struct execute *ex, const struct execute_memory *memory, UINT32 offset, UINT8 *data, UINT32 size, BOOL write )
{
    const struct gpa_map *map = &ex->vp->partition->gpa;
    UINT32 i, part, begin = 0;
    HRESULT hr;

    for (i = 0; i < memory->count && size; begin += memory->parts[i++].size)
    {
        if (offset >= begin + memory->parts[i].size) continue;
        part = begin + memory->parts[i].size - offset;
        if (part > size) part = size;
        hr = write ? gpa_write( map, memory->parts[i].gpa + (offset - begin), data, part )
                   : gpa_read( map, memory->parts[i].gpa + (offset - begin), data, part );
        if (FAILED(hr)) return 0;
        offset += part;
        data += part;
        size -= part;
    }
    return !size;
}

BOOL execute_read( struct execute *ex, const struct execute_memory *memory, UINT32 offset, void *data, UINT32 size )
{
    return copy( ex, memory, offset, data, size, 0 );
}

BOOL execute_write( struct execute *ex, const struct execute_memory *memory, UINT32 offset, const void *data, UINT32 size )
{
    return copy( ex, memory, offset, (UINT8 *)data, size, 1 );
}

/* ---- what the control registers allow ---- */

BOOL execute_xcr0( struct execute *ex, UINT64 *value )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterXCr0;
    WHV_REGISTER_VALUE reg;

    if (FAILED(regs_get( ex->vp, &name, 1, &reg ))) return 0;
    *value = reg.Reg64;
    return 1;
}

/* Not asked: the guest's CPUID. A KVM that needs us does not hide features from ring 3 code either, which it executes natively
 * (and whose answers it adds to the table); what the host CPU has, the guest has. */
enum execute_result execute_check_unit( struct execute *ex, enum insn_unit unit )
{
    const struct kvm_sregs *sregs = &ex->vp->run->s.regs.sregs;
    BOOL vex_mode = (sregs->cr0 & EX_CR0_PE) && !(ex->rflags & EX_RFLAGS_VM);
    UINT64 xcr0;

    switch (unit)
    {
    case INSN_UNIT_GPR:
        return !ex->insn.vex || vex_mode ? EXECUTE_DONE : execute_fault( ex, VECTOR_UD );
    case INSN_UNIT_X87:
        return sregs->cr0 & (EX_CR0_EM | EX_CR0_TS) ? execute_fault( ex, VECTOR_NM ) : EXECUTE_DONE;
    case INSN_UNIT_MMX:
        if (sregs->cr0 & EX_CR0_EM) return execute_fault( ex, VECTOR_UD );
        break;
    case INSN_UNIT_SSE:
        if ((sregs->cr0 & EX_CR0_EM) || !(sregs->cr4 & EX_CR4_OSFXSR)) return execute_fault( ex, VECTOR_UD );
        break;
    case INSN_UNIT_AVX:
        if (!vex_mode || !(sregs->cr4 & EX_CR4_OSXSAVE)) return execute_fault( ex, VECTOR_UD );
        if (!execute_xcr0( ex, &xcr0 )) return EXECUTE_REFUSED;
        if ((xcr0 & 6) != 6) return execute_fault( ex, VECTOR_UD );
        break;
    }
    return sregs->cr0 & EX_CR0_TS ? execute_fault( ex, VECTOR_NM ) : EXECUTE_DONE;
}

/* ---- small ones ---- */

/* Also the fences, which guests execute at every look at the clock. */
static enum execute_result hint( struct execute *ex )
{
    __sync_synchronize();
    return ex->insn.lock ? execute_fault( ex, VECTOR_UD ) : EXECUTE_DONE;
}

static enum execute_result cmpxchg16b( struct execute *ex )
{
    UINT64 expected[2] = { ex->gpr[0], ex->gpr[2] }, desired[2] = { ex->gpr[3], ex->gpr[1] };
    struct execute_memory memory;
    enum execute_result result;
    UINT64 gva = execute_address( ex );
    HRESULT hr;

    if (gva & 15) return execute_fault( ex, VECTOR_GP );
    if ((result = execute_open( ex, ex->insn.mem.segment, gva, 16, 1, &memory )) != EXECUTE_DONE) return result;
    if (FAILED(hr = gpa_compare_exchange16( &ex->vp->partition->gpa, memory.parts[0].gpa, expected, desired ))) return EXECUTE_REFUSED;
    ex->rflags &= ~0x40ull;
    if (hr == S_OK) ex->rflags |= 0x40;
    else
    {
        ex->gpr[0] = expected[0];
        ex->gpr[2] = expected[1];
    }
    return EXECUTE_DONE;
}

static enum execute_result clzero( struct execute *ex )
{
    static const UINT8 zero[64];
    struct execute_memory memory;
    enum execute_result result;
    UINT64 gva = code_linear( ex->vp, INSN_SEGMENT_DS, insn_get_gpr( ex->gpr, 0, ex->insn.address_size )) & ~63ull;

    if ((result = execute_open( ex, INSN_SEGMENT_DS, gva, 64, 1, &memory )) != EXECUTE_DONE) return result;
    return execute_write( ex, &memory, 0, zero, sizeof(zero) ) ? EXECUTE_DONE : EXECUTE_REFUSED;
}

/* What has code of its own; everything else is tried on the host CPU. */
static const execute_func functions[INSN_OP_COUNT] =
{
    [INSN_CMPXCHG16B] = cmpxchg16b,
    [INSN_CLZERO]     = clzero,
    [INSN_HINT]       = hint,
    [INSN_VMASKMOV]   = execute_elements,
    [INSN_MASKMOV]    = execute_elements,
    [INSN_GATHER]     = execute_elements,
    [INSN_INT]        = execute_int,
    [INSN_INT1]       = execute_int,
    [INSN_INT3]       = execute_int,
    [INSN_INTO]       = execute_int,
    [INSN_IRET]       = execute_iret,
    [INSN_SYSRET]     = execute_sysret,
    [INSN_XSAVE]      = execute_xsave,
    [INSN_XSAVEOPT]   = execute_xsave,
    [INSN_XSAVEC]     = execute_xsave,
    [INSN_XSAVES]     = execute_xsave,
    [INSN_XRSTOR]     = execute_xrstor,
    [INSN_XRSTORS]    = execute_xrstor,
    [INSN_XGETBV]     = execute_xgetbv,
    [INSN_XSETBV]     = execute_xsetbv,
    [INSN_LDMXCSR]    = execute_ldmxcsr,
    [INSN_STMXCSR]    = execute_stmxcsr,
    [INSN_RDFSBASE]   = execute_fsgsbase,
    [INSN_RDGSBASE]   = execute_fsgsbase,
    [INSN_WRFSBASE]   = execute_fsgsbase,
    [INSN_WRGSBASE]   = execute_fsgsbase,
    [INSN_CLAC]       = execute_smap,
    [INSN_STAC]       = execute_smap,
    [INSN_INVPCID]    = execute_invpcid,
    [INSN_RDPID]      = execute_rdpid,
    [INSN_RDTSCP]     = execute_rdpid,
};

static void deliver( struct execute *ex )
{
    struct kvm_vcpu_events *events = &ex->vp->run->s.regs.events;

    if (!ex->event_soft)
    {
        execute_fault_code( ex, ex->event, ~0u, 0 );
        return;
    }
    events->interrupt.injected = 1;
    events->interrupt.soft = 1;
    events->interrupt.nr = ex->event;
    ex->vp->dirty |= KVM_SYNC_X86_EVENTS;
}

/* The instruction at the RIP. seen: its page has been read for this exit. */
static BOOL decode( struct vp *vp, struct execute *ex, BOOL seen )
{
    struct kvm_regs *regs = &vp->run->s.regs.regs;

    memset( ex, 0, sizeof(*ex) );
    ex->vp = vp;
    ex->mode = vp_insn_mode( vp );
    ex->count = code_read( vp, code_linear( vp, INSN_SEGMENT_CS, regs->rip ), ex->bytes, sizeof(ex->bytes), seen );
    if (FAILED(insn_decode( ex->bytes, ex->count, ex->mode, &ex->insn ))) return 0;
    ex->cpl = vp_cpl( vp );
    ex->event = -1;
    ex->rflags = regs->rflags;
    ex->rip = regs->rip + ex->insn.length;
    if (ex->mode != INSN_MODE_64) ex->rip = (UINT32)ex->rip;
    regs_to_gpr( regs, ex->gpr );
    vp_gva_context( vp, &ex->gva );
    return 1;
}

BOOL execute_find_refused( struct vp *vp, execute_refused refused, UINT64 *gva, UINT64 *gpa, UINT32 *type )
{
    struct execute ex;

    return decode( vp, &ex, 1 ) && execute_find_access( &ex, refused, gva, gpa, type );
}

/* only_native: leave alone what KVM may know as well. */
static enum execute_result execute_one( struct vp *vp, BOOL only_native, BOOL seen )
{
    struct kvm_regs *regs = &vp->run->s.regs.regs;
    struct execute ex;
    enum execute_result result;
    execute_func func;

    if (!decode( vp, &ex, seen )) return EXECUTE_REFUSED;
    if (!(func = functions[ex.insn.op])) func = execute_native;
    else if (only_native && func != hint && func != execute_elements) return EXECUTE_REFUSED;
    if ((result = func( &ex )) != EXECUTE_DONE) return result;

    regs_from_gpr( regs, ex.gpr );
    regs->rip = ex.rip;
    regs->rflags = ex.rflags & ~EX_RFLAGS_RF;
    if (vp->run->s.regs.events.interrupt.shadow)
    {
        vp->run->s.regs.events.interrupt.shadow = 0;
        vp->run->s.regs.events.flags |= KVM_VCPUEVENT_VALID_SHADOW;
        vp->dirty |= KVM_SYNC_X86_EVENTS;
    }
    if (ex.event < 0) return EXECUTE_DONE;
    deliver( &ex );
    return EXECUTE_FAULT;
}

/* Vector code comes in runs, and an exit with the vector state there and back costs ten times what the instruction does. */
#define MAX_RUN 64

BOOL execute_instruction( struct vp *vp )
{
    const struct kvm_regs *regs = &vp->run->s.regs.regs;
    UINT64 page = code_linear( vp, INSN_SEGMENT_CS, regs->rip ) / GPA_PAGE_SIZE, last;
    enum execute_result result = execute_one( vp, 0, 0 );
    UINT32 i;

    /* breakpoints, steps and events are KVM's to see to; what is refused now KVM tries first */
    for (i = 1; i < MAX_RUN && result == EXECUTE_DONE; i++)
    {
        if (vp->debug_active || vp->cancel || vp->stoppers || !(vp->lazy_dirty & VP_XSAVE)) break;
        if (regs->rflags & EX_RFLAGS_TF) break;
        last = page;
        page = code_linear( vp, INSN_SEGMENT_CS, regs->rip ) / GPA_PAGE_SIZE;
        if (execute_one( vp, 1, page == last ) != EXECUTE_DONE) break;
    }
    return result != EXECUTE_REFUSED;
}
