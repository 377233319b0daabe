/*
 * A fake guest for the emulator's tests
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
 * What it is for: answers the emulator's requests out of plain arrays, and keeps a log of them.
 * Memory is one block at GUEST_RAM; all other GPAs are a device, whose reads give a pattern.
 * It knows emulate.h and nothing of what is tested.
 * One page can be made to fail its translation, one kind of request to fail altogether.
 */

#ifndef __TESTS_FAKE_GUEST_H
#define __TESTS_FAKE_GUEST_H

#include "../winhvemulation/unixlib.h"
#include "emulate/state.h"
#include "insn/insn.h"

#define GUEST_RAM_SIZE  0x4000
#define GUEST_RAM       0x10000ull      /* GPA; and GVA, if no page says otherwise */
#define GUEST_MMIO      0xfee00000ull
#define GUEST_LOG       4096

struct guest_log
{
    UINT32 kind;                        /* EMULATE_MEMORY, EMULATE_IO or EMULATE_TRANSLATE */
    UINT64 address;                     /* GPA, port, GVA */
    UINT32 size;                        /* or translation flags */
    BOOL   write;
    UINT64 data;
};

struct guest
{
    struct emulate                  emu;
    struct emulate_cache            cache;
    struct emulate_request          req;
    UINT32                          known;              /* how many requests were told with the first one */
    UINT64                          gpr[16], rip, rflags, cr0, cr4, xcr0;
    WHV_X64_SEGMENT_REGISTER        segments[6];
    UINT8                           xmm[16][16], st[8][16];
    UINT8                           lanes[32][4][16];   /* of vector registers, but for those that are xmm[] */
    UINT64                          opmask[8];
    BOOL                            refuses_lanes;      /* a client that knows the API's names only */
    WHV_REGISTER_VALUE              fp_control, xmm_control;
    WHV_X64_PENDING_EXCEPTION_EVENT event;
    UINT64                          pending_debug, interrupt_state, efer;
    WHV_X64_TABLE_REGISTER          gdtr, idtr;
    WHV_X64_SEGMENT_REGISTER        ldtr, tr;
    UINT8                           ram[GUEST_RAM_SIZE];
    UINT64                          ram_base;           /* its GPA, GUEST_RAM unless set */
    UINT64                          bad_page;           /* GVA whose translation gives bad_code */
    UINT32                          bad_code;
    UINT64                          misalignment;       /* of translated addresses */
    /* requests of this kind fail, the first fail_after of them do not */
    UINT32                          fail_kind;
    UINT32                          fail_after;
    UINT32                          counts[EMULATE_REQUEST_KINDS];
    struct guest_log                log[GUEST_LOG];
    UINT32                          log_count;
    UINT64                          mmio_data;          /* what a read of the device gives, and the port */
    WHV_VP_EXIT_CONTEXT             vp;
};

/* A 64-bit guest at RIP GUEST_RAM + 0x3000, with flat segments; CPL 0. */
extern void guest_init( struct guest *guest, enum insn_mode mode );
/* Make the contexts and run: GPA and GVA of the access, INSN_READ or INSN_WRITE; gva_valid 0 leaves translation to the
 * callbacks. Returns the status bits. */
extern UINT32 guest_mmio( struct guest *guest, const UINT8 *bytes, UINT32 count, UINT64 gva, UINT64 gpa, BOOL write,
                          BOOL gva_valid );
extern UINT32 guest_io( struct guest *guest, const UINT8 *bytes, UINT32 count,
                        const WHV_X64_IO_PORT_ACCESS_CONTEXT *io );

#endif /* __TESTS_FAKE_GUEST_H */
