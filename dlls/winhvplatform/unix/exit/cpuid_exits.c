/*
 * CPUID exits before the first entry
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

#include <stdlib.h>
#include <string.h>

#include "exit/context.h"
#include "exit/cpuid_exits.h"
#include "exit/rewind.h"
#include "exit/rewind_types.h"
#include "host/errors.h"
#include "host/features_x86.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/xsave_format_x86.h"
#include "irq/apic_x86.h"
#include "vm/cpuid_table_x86.h"
#include "vm/cpuid_x86.h"
#include "vm/lazy_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"
#include "wine/debug.h"

WINE_DEFAULT_DEBUG_CHANNEL(whv);

#define CPUID_LENGTH 2

static void lookup( struct vp *vp, UINT32 eax, UINT32 ecx, WHV_CPUID_OUTPUT *out )
{
    cpuid_lookup( vp->arch.cpuid.table, eax, ecx, view_sregs( vp )->cr4, 1, 0, out );
    cpuid_apic( eax, view_sregs( vp )->apic_base, out );
}

#define ECX_XSAVE       (1u << 26)

/* A software KVM forces XSAVE into the table, but not the sizes of its components. A kernel that finds the one without
 * the other warns, and lets programs use registers that it does not save. TRUE: sizes were added. */
static BOOL add_sizes( struct vp *vp )
{
    const struct xsave_layout *layout = xsave_host_layout();
    const struct kvm_cpuid_entry2 *entry = features_find( &vp->arch.cpuid.table->head, LEAF_FEATURES, 0 );
    BOOL added = 0;
    UINT32 i, components;
    WHV_CPUID_OUTPUT out;

    if (!entry || !(entry->ecx & ECX_XSAVE) ||
        !(entry = features_find( &vp->arch.cpuid.table->head, LEAF_XSAVE, 0 ))) return 0;
    components = entry->eax & layout->features;
    for (i = 2; i < 32; i++)
    {
        if (!(components >> i & 1)) continue;
        if ((entry = features_find( &vp->arch.cpuid.table->head, LEAF_XSAVE, i )) && entry->eax) continue;
        out.Eax = layout->components[i].size;
        out.Ebx = layout->components[i].offset;
        out.Ecx = layout->components[i].aligned << 1;
        out.Edx = 0;
        if (!cpuid_replace( vp->arch.cpuid.table, LEAF_XSAVE, i, &out )) return 0;
        added = 1;
    }
    return added;
}

/* The table to KVM, and back what it has made of it: a software KVM forces some leaves to the processor's own. */
static HRESULT give_table( struct vp *vp )
{
    UINT32 count, tries;
    int ret;

    for (tries = 0; tries < 2; tries++)
    {
        count = vp->arch.cpuid.table->head.nent;
        if ((ret = kvm_set_cpuid2( vp->fd, &vp->arch.cpuid.table->head )) < 0) return hresult_from_errno( ret );
        vp->arch.cpuid.table->head.nent = CPUID_MAX_ENTRIES;
        ret = kvm_get_cpuid2( vp->fd, &vp->arch.cpuid.table->head );
        vp->arch.cpuid.table->head.nent = count;       /* older kernels do not say how many they have given */
        if (ret < 0) return hresult_from_errno( ret );
        if (!add_sizes( vp )) break;
    }
    return S_OK;
}

static void build_table( struct vp *vp )
{
    cpuid_build( vp->arch.cpuid.table, vp->partition->host, &vp->partition->props, vp->index, vp->arch.apic_id );
}

HRESULT cpuid_exits_alloc( struct vp *vp )
{
    struct vp_cpuid *cpuid = &vp->arch.cpuid;

    if ((!cpuid->table && !(cpuid->table = calloc( 1, sizeof(*cpuid->table) ))) ||
        (!cpuid->leaf && !(cpuid->leaf = calloc( CPUID_MAX_ENTRIES, sizeof(*cpuid->leaf) ))) ||
        (!cpuid->subleaf && !(cpuid->subleaf = calloc( CPUID_MAX_ENTRIES, sizeof(*cpuid->subleaf) ))))
        return E_OUTOFMEMORY;
    return S_OK;
}

void cpuid_exits_free( struct vp *vp )
{
    struct vp_cpuid *cpuid = &vp->arch.cpuid;

    free( cpuid->table );
    free( cpuid->leaf );
    free( cpuid->subleaf );
    memset( cpuid, 0, sizeof(*cpuid) );
}

void cpuid_exits_forget( struct vp *vp )
{
    vp->arch.cpuid.open = 0;
}

HRESULT cpuid_exits_init( struct vp *vp )
{
    /* a vcpu that has run keeps its table: KVM takes no other, and nothing of what made it can have changed */
    vp->arch.cpuid.count = vp->arch.cpuid.next = 0;
    vp->arch.cpuid.open = vp->arch.cpuid.stale = 0;
    vp->arch.cpuid.listed = vp->arch.entered;
    if (vp->arch.entered) return S_OK;
    build_table( vp );
    return give_table( vp );
}

/* Has the client loaded another state instead of answering: a reset, a snapshot? */
static BOOL is_new_state( const struct vp *vp, UINT32 leaf, UINT32 subleaf )
{
    const struct kvm_regs *regs = view_regs( vp );
    struct kvm_regs shown = vp->arch.cpuid.before;

    if (regs->rip == shown.rip + CPUID_LENGTH) return 0;
    shown.rax = leaf;
    shown.rcx = subleaf;
    return memcmp( &shown, regs, sizeof(shown) ) != 0;
}

static void take_answer( struct vp *vp )
{
    struct kvm_regs *regs = view_edit_regs( vp );
    UINT32 leaf = vp->arch.cpuid.leaf[vp->arch.cpuid.next], subleaf = vp->arch.cpuid.subleaf[vp->arch.cpuid.next];
    WHV_CPUID_OUTPUT old, answer = { regs->rax, regs->rbx, regs->rcx, regs->rdx };

    vp->arch.cpuid.open = 0;
    vp->arch.cpuid.next++;
    if (is_new_state( vp, leaf, subleaf )) return;

    lookup( vp, leaf, subleaf, &old );
    /* a client that leaves RIP alone has not answered: the default stands */
    if (regs->rip == vp->arch.cpuid.before.rip + CPUID_LENGTH && memcmp( &old, &answer, sizeof(old) ))
    {
        TRACE( "vp %u: cpuid %#x/%#x is %08x %08x %08x %08x\n", vp->index, leaf, subleaf,
               answer.Eax, answer.Ebx, answer.Ecx, answer.Edx );
        if (!cpuid_replace( vp->arch.cpuid.table, leaf, subleaf, &answer ))
            WARN( "no room for CPUID leaf %#x\n", leaf );
    }
    /* what else the client has set is its own */
    regs->rax = vp->arch.cpuid.before.rax;
    regs->rbx = vp->arch.cpuid.before.rbx;
    regs->rcx = vp->arch.cpuid.before.rcx;
    regs->rdx = vp->arch.cpuid.before.rdx;
    regs->rip = vp->arch.cpuid.before.rip;
}

BOOL cpuid_exits_next( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct properties *props = &vp->partition->props;
    struct kvm_regs *regs = view_edit_regs( vp );
    WHV_CPUID_OUTPUT out;

    if (!vp->arch.cpuid.listed)
    {
        /* now and not at creation: QEMU sets the list again behind it */
        vp->arch.cpuid.listed = 1;
        if ((props->extended_exits & X64_CPUID_EXIT) &&
            (!(props->watched & PROPERTY_CPUID) || apic_present( vp->partition )))
            vp->arch.cpuid.count = cpuid_exit_leaves( vp->arch.cpuid.table, props, vp->arch.cpuid.leaf,
                                                      vp->arch.cpuid.subleaf, CPUID_MAX_ENTRIES );
    }
    if (vp->arch.cpuid.open) take_answer( vp );
    if (vp->arch.cpuid.next >= vp->arch.cpuid.count) return 0;

    vp->arch.cpuid.before = *regs;
    vp->arch.cpuid.open = 1;
    regs->rax = vp->arch.cpuid.leaf[vp->arch.cpuid.next];
    regs->rcx = vp->arch.cpuid.subleaf[vp->arch.cpuid.next];
    lookup( vp, regs->rax, regs->rcx, &out );
    exits_cpuid( vp, exit, regs->rax, regs->rcx, &out );
    return 1;
}

BOOL cpuid_exits_caught( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const struct kvm_regs *regs = view_regs( vp );
    UINT64 xcr0 = SUCCEEDED(lazy_fetch( vp, VP_XCRS )) ? vp->arch.lazy.xcrs.xcrs[0].value : 1;
    struct rewind_result result;
    WHV_CPUID_OUTPUT out;

    cpuid_lookup( vp->arch.cpuid.table, regs->rax, regs->rcx, view_sregs( vp )->cr4, xcr0, 0, &out );
    cpuid_apic( regs->rax, view_sregs( vp )->apic_base, &out );
    exits_cpuid( vp, exit, regs->rax, regs->rcx, &out );
    if (rewind_at( vp, &result )) exit->VpContext.InstructionLength = result.insn.length;
    return 1;
}

HRESULT cpuid_exits_commit( struct vp *vp )
{
    HRESULT hr;

    if (!vp->arch.cpuid.count && !vp->arch.cpuid.stale) return S_OK;
    cpuid_trim( vp->arch.cpuid.table, vp->partition->host );
    hr = give_table( vp );
    if (hr == E_INVALIDARG)
    {
        /* better a guest that sees the defaults than a vp that never runs */
        WARN( "vp %u: KVM takes no such CPUID answers, the defaults stand\n", vp->index );
        build_table( vp );
        hr = give_table( vp );
    }
    if (FAILED(hr)) return hr;
    vp->arch.cpuid.count = vp->arch.cpuid.next = 0;
    vp->arch.cpuid.stale = 0;
    return S_OK;
}
