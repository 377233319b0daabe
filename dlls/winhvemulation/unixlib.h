/*
 * WinHvEmulation.dll's calls to the Unix side
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
 * What it is for: the contract between WinHvEmulation.dll and winhvplatform.so.
 * Unix code can't call Windows code, so an emulation is a conversation: the Unix
 * side asks for one callback at a time, the PE side makes it and steps on. What
 * follows a callback is said with it where it is known already, and costs no call.
 * It knows the API's types and nothing else; both sides compile it (64-bit only).
 * The call numbers are in dlls/winhvplatform/unixlib.h.
 */

#ifndef __WINHVEMULATION_UNIXLIB_H
#define __WINHVEMULATION_UNIXLIB_H

#include "winhvemulation.h"

enum emulate_request_kind
{
    EMULATE_DONE,               /* nothing more: status */
    EMULATE_GET_REGISTERS,      /* names, count -> values */
    EMULATE_SET_REGISTERS,      /* names, count, values; the last callback of an emulation */
    EMULATE_TRANSLATE,          /* gva, flags -> code, gpa */
    EMULATE_MEMORY,             /* memory -> memory.Data of a read */
    EMULATE_IO,                 /* io -> io.Data of an input */
    EMULATE_REQUEST_KINDS
};

/* More than any emulation names: FXSAVE has 16 XMM and 8 x87 registers, two control registers each, and an address. */
#define EMULATE_MAX_REGISTERS 48

/* What a callback brings in, as far as a register of the set that follows gets it: so many bits are cut off above, and
 * the rest is sign-extended; shifted; and of that the bits in mask, which are 0 in values[index]. */
struct emulate_load
{
    UINT64 mask;                /* 0: nothing goes into a register */
    UINT8  cut;
    UINT8  shift;
    UINT8  index;
};

#define EMULATE_NO_VALUE 0xff

/* How a plain instruction goes on when its registers have come: base, index, segment, reg and rflags are their places
 * among the values, or EMULATE_NO_VALUE. */
struct emulate_plan
{
    UINT64            offset;   /* of the operand in its page, without the registers that its address goes by */
    UINT64            gpa;      /* of the page, which the exit tells */
    UINT64            rip;      /* of the next instruction */
    UINT64            data;     /* what is stored, if no register is */
    UINT64            mask;     /* of the register: bits that are stored, or that a load keeps */
    UINT8             base, index, scale;
    UINT8             segment;
    UINT8             reg;
    UINT8             rflags;
    UINT8             size;     /* bytes */
    UINT8             shift;    /* of the register that is stored: 8 for AH and its like */
    WHV_REGISTER_NAME target;   /* the register that is loaded */
    UINT8             is_store;
};

/* Iterations of a string instruction with nothing between them: each reads an item, and writes it elsewhere. read and
 * write are EMULATE_IO or EMULATE_MEMORY; read is EMULATE_DONE if all write the same data, and write is if there is no
 * series. With both, a read has an odd number of known requests behind it, and a write an even one. */
struct emulate_series
{
    UINT8  read, write;
    UINT8  size;                /* bytes of an item */
    UINT16 port;
    INT64  step;                /* from one item to the next in memory */
    UINT64 read_gpa, write_gpa; /* of this iteration */
    UINT64 data;
};

/* One callback to make, and its answer; perhaps what comes next. Of the lists all that is behind count means nothing:
 * they are copied by a few at once. */
struct emulate_request
{
    UINT32                          kind;
    HRESULT                         result;     /* what the callback returned */
    WHV_EMULATOR_STATUS             status;     /* of EMULATE_DONE, also if that is known to come */
    UINT32                          known;      /* so many requests that follow are known, see emulate_next() */
    UINT32                          count;
    UINT32                          flags;      /* WHV_TRANSLATE_GVA_FLAGS */
    WHV_GUEST_VIRTUAL_ADDRESS       gva;        /* page aligned */
    WHV_GUEST_PHYSICAL_ADDRESS      gpa;
    UINT32                          code;       /* WHV_TRANSLATE_GVA_RESULT_CODE */
    WHV_EMULATOR_IO_ACCESS_INFO     io;
    WHV_EMULATOR_MEMORY_ACCESS_INFO memory;
    struct emulate_load             load;
    struct emulate_plan             plan;
    struct emulate_series           series;
    WHV_REGISTER_NAME               names[EMULATE_MAX_REGISTERS];
    WHV_REGISTER_VALUE              values[EMULATE_MAX_REGISTERS];
};

/* WHvEmulatorCreateEmulator, WHvEmulatorDestroyEmulator (emulator only) */
struct emulator_create_params
{
    const WHV_EMULATOR_CALLBACKS *callbacks;
    void                        **emulator;
};

struct emulator_destroy_params
{
    void *emulator;
};

/* WHvEmulatorTryIoEmulation, WHvEmulatorTryMmioEmulation: unix_emulator_start with all, then, until the request is
 * EMULATE_DONE, unix_emulator_step with the answered request; or emulate_next() of follow.h, if the callback has
 * succeeded and what follows is known. That is for as long as *current is sequence: else the emulator is gone, or does
 * something else. */
struct emulator_params
{
    void                                 *emulator;
    UINT64                                sequence;     /* [O] of start: which emulation the steps belong to */
    const UINT64                         *current;      /* [O] of start: which one the emulator is at */
    const WHV_VP_EXIT_CONTEXT            *vp;
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io;           /* NULL for MMIO */
    const WHV_MEMORY_ACCESS_CONTEXT      *mmio;         /* NULL for I/O */
    WHV_EMULATOR_CALLBACKS                callbacks;    /* [O] of start */
    struct emulate_request                request;      /* [O] of start, [I/O] of step */
};

#endif /* __WINHVEMULATION_UNIXLIB_H */
