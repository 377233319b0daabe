/*
 * Exit contexts
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
 * The part that all exits have, those exits that KVM has no part in, and the step from KVM's state to the client's
 * view. One place fills VpContext. Knows the view and the rewind's result; knows no KVM exit.
 * The vp is locked and out of the guest. No system call in here.
 */

#ifndef __WHV_UNIX_EXIT_CONTEXT_H
#define __WHV_UNIX_EXIT_CONTEXT_H

#include <string.h>

#include "exit/rewind_types.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "registers/events_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* One line for what the client is shown, with WINEDEBUG=+whv. */
extern void exits_trace( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit );

/* Exits that KVM has no part in. */
extern void exits_canceled( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
extern void exits_invalid_register( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* An exception that led to a second one, and that to none. */
extern void exits_triple_fault( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
extern void exits_window( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, WHV_X64_PENDING_INTERRUPTION_TYPE type );
/* The interrupt window: disarms it. */
extern void exits_window_open( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
extern void exits_cpuid( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, UINT32 eax, UINT32 ecx,
                         const WHV_CPUID_OUTPUT *result );

/* WHV_X64_VP_EXECUTION_STATE as one number, which takes a third of the instructions that its bit fields do */
#define STATE_CR0_PE        0x0004
#define STATE_CR0_AM        0x0008
#define STATE_EFER_LMA      0x0010
#define STATE_DEBUG_ACTIVE  0x0020
#define STATE_PENDING       0x0040
#define STATE_SHADOW        0x1000

/* Every exit is cleared and copied: in 16 bytes at once, without a loop and without a call. The caller's memory may be
 * misaligned. */
typedef UINT64 context_pair __attribute__((vector_size(16), aligned(1), may_alias));
C_ASSERT( sizeof(WHV_RUN_VP_EXIT_CONTEXT) == 14 * sizeof(context_pair) );

static inline void context_clear( WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    context_pair *to = (context_pair *)exit;

    to[0] = to[1] = to[2] = to[3] = to[4] = to[5] = to[6] = to[7] = to[8] = to[9] = to[10] = to[11] = to[12] =
        to[13] = (context_pair){ 0, 0 };
}

/* To the caller's buffer, as much as it has room for. No lock is held: it may fault. */
static inline void exits_copy( void *buffer, const WHV_RUN_VP_EXIT_CONTEXT *exit, UINT32 size )
{
    const context_pair *from = (const context_pair *)exit;
    context_pair *to = buffer;

    if (size < sizeof(*exit))
    {
        memcpy( buffer, exit, size );
        return;
    }
    to[0] = from[0], to[1] = from[1], to[2] = from[2], to[3] = from[3], to[4] = from[4], to[5] = from[5];
    to[6] = from[6], to[7] = from[7], to[8] = from[8], to[9] = from[9], to[10] = from[10], to[11] = from[11];
    to[12] = from[12], to[13] = from[13];
}

/* The part that all exits have. */
static inline WHV_RUN_VP_EXIT_CONTEXT *exits_begin( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit,
                                                    WHV_RUN_VP_EXIT_REASON reason, UINT8 length )
{
    const struct kvm_sregs *sregs = view_sregs( vp );
    const struct kvm_regs *regs = view_regs( vp );
    const struct kvm_vcpu_events *events = view_events( vp );
    WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;

    context_clear( exit );
    exit->ExitReason = reason;
    context->Rip = regs->rip;
    context->Rflags = regs->rflags;
    view_show_segment( vp, SEGMENT_CS, &context->Cs );
    context->Cr8 = sregs->cr8;
    context->InstructionLength = length;
    /* DR7 is in no sync set: an own system call for a bit that no client is known to read would cost every exit */
    context->ExecutionState.AsUINT16 =
        vp_cpl( vp ) |
        (sregs->cr0 & CR0_PE ? STATE_CR0_PE : 0) |
        (sregs->cr0 & CR0_AM ? STATE_CR0_AM : 0) |
        (sregs->efer & EFER_LMA ? STATE_EFER_LMA : 0) |
        ((vp->arch.lazy.valid & VP_DEBUGREGS) && (vp->arch.lazy.debugregs.dr7 & 0xff) ? STATE_DEBUG_ACTIVE : 0) |
        (events->interrupt.shadow ? STATE_SHADOW : 0);
    if (events->interrupt.injected | events->nmi.injected | events->exception.injected)
    {
        context->ExecutionState.AsUINT16 |= STATE_PENDING;
        events_note_injected( vp );
    }
    return exit;
}
/* Same, for exits that are less common. */
extern WHV_RUN_VP_EXIT_CONTEXT *exits_start( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit,
                                             WHV_RUN_VP_EXIT_REASON reason, UINT8 length );

/* The client's view becomes the state before the instruction. */
extern void exits_take_view( struct vp *vp, const struct rewind_result *result, enum pending_kind kind );
extern void exits_memory_access( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit, const struct rewind_result *result,
                                 UINT64 gpa, UINT32 type, BOOL bytes );
extern BOOL exits_unsupported( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* The same where KVM may have something in mind for its next entry, of which nothing is known. */
extern BOOL exits_unknown( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

/* The bytes of an exit; returns how many they are. */
static inline UINT8 exits_fill_bytes( UINT8 bytes[16], const struct rewind_result *result )
{
    memcpy( bytes, result->bytes, result->byte_count );
    return result->byte_count;
}

#endif /* __WHV_UNIX_EXIT_CONTEXT_H */
