/*
 * An access, and what made it
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
 * What the files of the rewind hand to each other: an access as KVM reports it, and the instruction that was found.
 * Knows struct insn and KVM's registers; knows no vp.
 */

#ifndef __WHV_UNIX_EXIT_REWIND_TYPES_H
#define __WHV_UNIX_EXIT_REWIND_TYPES_H

#include "host/kvm.h"
#include "insn/insn.h"
#include "winhvplatformdefs.h"

/* One memory access as KVM reports it (the first fragment of at most 8 bytes). */
struct rewind_access
{
    UINT64 gpa;
    UINT32 size;
    BOOL   write;
    UINT8  data[8];             /* of a write */
    UINT32 more;                /* bytes of it on the next page, if they are known: they follow in data */
};

struct rewind_result
{
    struct insn     insn;
    UINT8           bytes[16];  /* the instruction, and what follows it where that had to be read anyway */
    UINT8           byte_count;
    struct kvm_regs before;     /* registers before the instruction */
    UINT64          gva;
    BOOL            gva_valid;
    UINT8           access;     /* INSN_READ | INSN_WRITE: what the instruction does there */
    BOOL            behind;     /* KVM's RIP is behind the instruction: nothing is pending in KVM
                                   but further fragments */
    BOOL            lost;       /* a compare-exchange that has failed: before can't be told,
                                   and KVM's state is complete */
    BOOL            half;       /* a read-modify-write that has stored its first half, on the page before: before is
                                   that of the registers, but memory can't be told */
    BOOL            incomplete; /* before can't be told without what was stored on the next page (rewind_access.more) */
    BOOL            fragments;  /* the access is larger than what KVM reported: more exits follow in KVM */
};

#endif /* __WHV_UNIX_EXIT_REWIND_TYPES_H */
