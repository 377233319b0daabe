/*
 * Exits that KVM does not have
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
 * What KVM's emulation of Hyper-V leaves to others: hypercalls that need a partner (ExtendedVmExits, bit
 * UnknownSynicConnection), and the ends of messages, which say that another can be posted (exit SynicSintDeliverable).
 * Knows context.h, resume/flush.h, the SynIC and the register DeliverabilityNotifications.
 * Source: TLFS, chapters 3 (hypercalls) and 11 (messages, events); kvm_hv_hypercall, synic_set_msr in
 * arch/x86/kvm/hyperv.c.
 */

#ifndef __WHV_UNIX_EXIT_HYPERV_H
#define __WHV_UNIX_EXIT_HYPERV_H

#include "winhvplatformdefs.h"

struct vp;

/* KVM_EXIT_HYPERV. */
extern BOOL exits_hyperv( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* The guest writes EOM: it has emptied a slot that was marked. The filter has kept it from KVM, which would tell
 * nobody; the KVM_EXIT_X86_WRMSR is answered already. */
extern BOOL exits_end_of_message( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );
/* Before an entry: is one of the sints that are armed deliverable? What is told is not armed any longer. */
extern BOOL exits_sint( struct vp *vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

#endif /* __WHV_UNIX_EXIT_HYPERV_H */
