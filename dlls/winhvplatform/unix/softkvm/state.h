/*
 * An instruction that KVM lacks
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
 * What one execution has in hand: the vp, its instruction, copies of the registers that are taken over when it is
 * done. For the files of this room alone. Guest bytes are hostile: what is not in a table here is refused.
 * Knows struct vp, struct insn and the page walker's context; knows none of the files that execute.
 */

#ifndef __WHV_UNIX_SOFTKVM_STATE_H
#define __WHV_UNIX_SOFTKVM_STATE_H

#include "insn/insn.h"
#include "memory/gva_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

enum execute_result
{
    EXECUTE_REFUSED,            /* nothing changed */
    EXECUTE_DONE,               /* gpr, rflags and rip below are to be taken over */
    EXECUTE_FAULT,              /* queued; the instruction has not happened */
};

struct execute
{
    struct vp         *vp;
    struct insn        insn;
    UINT8              bytes[INSN_MAX_LENGTH];
    UINT32             count;           /* bytes that could be read */
    UINT8              cpl;
    UINT8              mode;            /* enum insn_mode */
    struct gva_context gva;
    UINT64             gpr[16];
    UINT64             rflags;
    UINT64             rip;             /* of the next instruction */
    INT32              event;           /* vector to be delivered behind the instruction, or -1 */
    BOOL               event_soft;      /* INT n, not an exception */
};

typedef enum execute_result (*execute_func)( struct execute *ex );

#endif /* __WHV_UNIX_SOFTKVM_STATE_H */
