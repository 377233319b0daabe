/*
 * The straight way of the common exits (x86)
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

#include "exit/context.h"
#include "exit/straight.h"
#include "host/bytes.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/brief.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "resume/pending.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/tlb_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

/* Two calls for each exit: as functions they would be a tenth of this way. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

#define BYTES_ROOM 16           /* what an exit has room for, and what is compared at once */

/* The instruction of an exit. */
struct site
{
    const struct insn_cache_entry *entry;
    struct code_bytes  now;     /* what stands there, read once: other processors may change it meanwhile */
    UINT64             rip;     /* of its first byte */
    enum insn_mode     mode;
    BOOL               behind;  /* KVM shows the RIP behind it */
};

/* All of it lies in one page, from which the processor has just executed. */
static ALWAYS_INLINE BOOL find_insn( struct vp *vp, UINT64 linear, struct site *site )
{
    UINT32 offset = linear & (GPA_PAGE_SIZE - 1);
    const struct tlb_entry *page;

    if (offset > GPA_PAGE_SIZE - BYTES_ROOM || !(page = tlb_find( vp, linear )) || !page->host) return 0;
    site->now = code_load_shared( page->host + offset );
    return (site->entry = code_known( vp, site->mode, linear, &site->now )) != NULL;
}

/* KVM shows the RIP of the instruction. */
static ALWAYS_INLINE BOOL find_at( struct vp *vp, struct site *site )
{
    site->mode = vp_insn_mode( vp );
    site->rip = view_regs( vp )->rip;
    site->behind = 0;
    return find_insn( vp, code_linear_in( vp, site->mode, SEGMENT_CS, site->rip ), site );
}

/* KVM shows the RIP behind it: the one that ended there before, unless the processor went in close by, at another. */
static ALWAYS_INLINE BOOL find_behind( struct vp *vp, struct site *site )
{
    enum insn_mode mode = vp_insn_mode( vp );
    UINT64 rip = view_regs( vp )->rip, linear = code_linear_in( vp, mode, SEGMENT_CS, rip );
    UINT64 entered = linear - vp->arch.entry_linear;
    UINT8 length = code_last_length( vp, linear );

    /* between two items of a REP string instruction it is at it */
    if (view_regs( vp )->rflags & RFLAGS_RF) return 0;
    if (!length || length > rip || length > linear) return 0;
    if (entered && entered != length && entered <= INSN_MAX_LENGTH) return 0;
    site->mode = mode;
    site->rip = rip - length;
    site->behind = 1;
    return find_insn( vp, linear - length, site ) && site->entry->insn.length == length;
}

/* Of an instruction that KVM shows behind itself just that, else all that an exit has room for but one: as much as the
 * other way reads. */
static inline void take_bytes( UINT8 bytes[BYTES_ROOM], const struct site *site )
{
    store64( bytes, site->behind ? site->now.low & site->entry->mask[0] : site->now.low );
    store64( bytes + 8, site->now.high & (site->behind ? site->entry->mask[1] : ~0ull >> 8) );
}

/* The client sees the state before the instruction, of which KVM has changed but the RIP; and RF, which the processor
 * sets as it leaves the guest at an access to memory. */
static ALWAYS_INLINE void take_view( struct vp *vp, const struct site *site, enum pending_kind kind )
{
    UINT64 rflags = view_regs( vp )->rflags;

    view_set_reg( vp, REGS_RIP, site->rip );
    if (rflags & RFLAGS_RF) view_set_reg( vp, REGS_RFLAGS, rflags & ~RFLAGS_RF );
    pending_set_site( vp, kind, site->entry );
}

/* ---- ports ---- */

static inline BOOL find_out( struct vp *vp, struct site *site, enum pending_kind *kind )
{
    const struct kvm_regs *regs = view_regs( vp );
    const struct kvm_run *run = vp->run;
    const struct insn_brief *brief;

    if (vp->partition->host->out_rip_past)
    {
        if (!find_behind( vp, site )) return 0;
        *kind = PENDING_NONE;
    }
    else
    {
        if (!find_at( vp, site )) return 0;
        *kind = PENDING_OUT;
    }
    brief = &site->entry->brief;
    return brief->kind == BRIEF_OUT && brief->size == run->io.size &&
           run->io.port == (brief->by_dx ? (UINT16)regs->rdx : brief->port) &&
           !((regs->rax ^ load32( (const UINT8 *)run + run->io.data_offset )) & brief->data);
}

static inline BOOL find_in( struct vp *vp, struct site *site, enum pending_kind *kind )
{
    *kind = PENDING_IN;
    return find_at( vp, site ) && site->entry->brief.kind == BRIEF_IN && site->entry->brief.size == vp->run->io.size;
}

BOOL straight_io( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_regs *regs = view_regs( vp );
    const struct kvm_run *run = vp->run;
    BOOL write = run->io.direction == KVM_EXIT_IO_OUT;
    WHV_X64_IO_PORT_ACCESS_CONTEXT *io;
    enum pending_kind kind;
    struct site site;

    if (!(write ? find_out( vp, &site, &kind ) : find_in( vp, &site, &kind ))) return 0;
    take_view( vp, &site, kind );

    io = &exits_begin( vp, exit, WHvRunVpExitReasonX64IoPortAccess, site.entry->insn.length )->IoPortAccess;
    io->InstructionByteCount = site.behind ? site.entry->insn.length : INSN_MAX_LENGTH;
    take_bytes( io->InstructionBytes, &site );
    io->AccessInfo.IsWrite = write;
    io->AccessInfo.AccessSize = run->io.size;
    io->PortNumber = run->io.port;
    io->Rax = regs->rax;
    io->Rcx = regs->rcx;
    io->Rsi = regs->rsi;
    io->Rdi = regs->rdi;
    view_show_segment( vp, SEGMENT_DS, &io->Ds );
    view_show_segment( vp, SEGMENT_ES, &io->Es );
    return 1;
}

/* ---- devices in memory ---- */

static inline BOOL find_store( struct vp *vp, struct site *site )
{
    const struct insn_brief *brief;
    UINT64 value;

    if (!find_behind( vp, site )) return 0;
    /* the store may be that of an INT3 of real mode, which stands behind this one */
    if (site->mode == INSN_MODE_16 && vp->partition->props.exception_exits) return 0;
    brief = &site->entry->brief;
    if (brief->kind != BRIEF_STORE || brief->size != vp->run->mmio.len) return 0;
    value = brief->reg == INSN_REG_NONE ? brief->value : regs_get_gpr( view_regs( vp ), brief->reg ) >> brief->shift;
    return !((value ^ load64( vp->run->mmio.data )) & brief->data);
}

static inline BOOL find_load( struct vp *vp, struct site *site )
{
    return find_at( vp, site ) && site->entry->brief.kind == BRIEF_LOAD &&
           site->entry->brief.size == vp->run->mmio.len;
}

/* Where the operand of a MOV lies. */
static inline UINT64 operand_address( struct vp *vp, const struct site *site )
{
    const struct insn_mem *mem = &site->entry->insn.mem;
    const struct kvm_regs *regs = view_regs( vp );
    UINT64 offset = mem->disp;

    if (mem->base == INSN_REG_RIP) offset += site->rip + site->entry->insn.length;
    else if (mem->base != INSN_REG_NONE) offset += regs_get_gpr( regs, mem->base );
    if (mem->index != INSN_REG_NONE) offset += regs_get_gpr( regs, mem->index ) * mem->scale;
    return code_linear_in( vp, site->mode, mem->segment, offset & insn_size_mask( site->entry->insn.address_size ) );
}

BOOL straight_mmio( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_run *run = vp->run;
    UINT64 gpa = run->mmio.phys_addr, gva;
    WHV_MEMORY_ACCESS_CONTEXT *memory;
    const struct tlb_entry *page;
    struct site site;

    if (!(run->mmio.is_write ? find_store( vp, &site ) : find_load( vp, &site ))) return 0;
    /* all of the operand, and nothing else */
    if ((gpa & (GPA_PAGE_SIZE - 1)) + run->mmio.len > GPA_PAGE_SIZE) return 0;
    gva = operand_address( vp, &site );
    if ((gva ^ gpa) & (GPA_PAGE_SIZE - 1)) return 0;
    if (!(page = tlb_find( vp, gva )) || page->path.gpa + (gva & (GPA_PAGE_SIZE - 1)) != gpa) return 0;
    take_view( vp, &site, run->mmio.is_write ? PENDING_NONE : PENDING_LOAD );

    memory = &exits_begin( vp, exit, WHvRunVpExitReasonMemoryAccess, 0 )->MemoryAccess;
    memory->InstructionByteCount = site.behind ? site.entry->insn.length : INSN_MAX_LENGTH;
    take_bytes( memory->InstructionBytes, &site );
    memory->AccessInfo.AccessType = run->mmio.is_write ? WHvMemoryAccessWrite : WHvMemoryAccessRead;
    memory->AccessInfo.GpaUnmapped = !page->mapped;
    memory->AccessInfo.GvaValid = 1;
    memory->Gpa = gpa;
    memory->Gva = gva;
    return 1;
}
