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
 * side asks for one callback at a time, the PE side makes it and steps on.
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

/* One callback to make, and its answer. */
struct emulate_request
{
    UINT32                          kind;
    HRESULT                         result;     /* what the callback returned */
    WHV_EMULATOR_STATUS             status;
    UINT32                          count;
    WHV_GUEST_VIRTUAL_ADDRESS       gva;        /* page aligned */
    WHV_GUEST_PHYSICAL_ADDRESS      gpa;
    UINT32                          flags;      /* WHV_TRANSLATE_GVA_FLAGS */
    UINT32                          code;       /* WHV_TRANSLATE_GVA_RESULT_CODE */
    WHV_EMULATOR_MEMORY_ACCESS_INFO memory;
    WHV_EMULATOR_IO_ACCESS_INFO     io;
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

/* WHvEmulatorTryIoEmulation, WHvEmulatorTryMmioEmulation: unix_emulator_start with all, then unix_emulator_step
 * with the answered request, until it is EMULATE_DONE. */
struct emulator_params
{
    void                                 *emulator;
    UINT64                                sequence;     /* [O] of start: which emulation the steps belong to */
    const WHV_VP_EXIT_CONTEXT            *vp;
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io;           /* NULL for MMIO */
    const WHV_MEMORY_ACCESS_CONTEXT      *mmio;         /* NULL for I/O */
    WHV_EMULATOR_CALLBACKS                callbacks;    /* [O] of start */
    struct emulate_request                request;      /* [O] of start, [I/O] of step */
};

#endif /* __WINHVEMULATION_UNIXLIB_H */
