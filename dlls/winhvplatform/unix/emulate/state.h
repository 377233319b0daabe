/*
 * State of an instruction emulation
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
 * What one emulation keeps between two steps, for the files of this room and for those who hold the memory of it.
 * All that comes from outside (contexts, bytes, answers) is hostile. Registers are set once, at the end, or not at
 * all. A step asks for one thing at a time: registers, a translation, a piece of memory, a port.
 * Knows insn/ and the API's types; knows neither who answers, nor a vp or a partition.
 */

#ifndef __WHV_UNIX_EMULATE_STATE_H
#define __WHV_UNIX_EMULATE_STATE_H

#include <stddef.h>
#include <string.h>

#include "../winhvemulation/unixlib.h"
#include "insn/encode.h"
#include "insn/insn.h"
#include "winhvplatformdefs.h"

/* In the order of an instruction's life; strings go round from PLAN to NEXT. */
enum phase
{
    PHASE_FETCH_TRANSLATE,
    PHASE_FETCH_READ,
    PHASE_PORT,                 /* IN and OUT of which the exit has told all */
    PHASE_GET,
    PHASE_PLAN,
    PHASE_TRANSLATE,
    PHASE_READ,
    PHASE_IN,
    PHASE_EXECUTE,
    PHASE_OUT,
    PHASE_WRITE,
    PHASE_NEXT,
    PHASE_SET,
    PHASE_DONE,
};

/* After that many iterations of a string instruction the guest gets on with it by itself:
 * interrupts must not wait longer. */
#define EMULATE_MAX_ITERATIONS 1024

#define EMULATE_MAX_ACCESS 16   /* bytes */
#define EMULATE_MAX_IMAGE  576  /* FXSAVE, XSAVE, ENTER and their like */
#define EMULATE_MAX_VECTOR 64

#define EMULATE_MAX_VECTORS 4   /* vector registers of one instruction */

/* A vector register that takes part, as far as it does: lanes of 128 bits. */
struct emulate_vector
{
    UINT8 reg;
    UINT8 lanes;                /* one bit each */
    UINT8 data[EMULATE_MAX_VECTOR], old[EMULATE_MAX_VECTOR];
};

/* In emulate_access.flags beside INSN_READ and INSN_WRITE:
 * a descriptor table, with the rights of the system whatever the CPL */
#define EMULATE_SYSTEM 4

/* A memory operand, explicit or implied: at most two pages.
 * What has more than EMULATE_MAX_ACCESS bytes is in emu->image. */
struct emulate_access
{
    UINT64 gva;
    UINT64 page[2];             /* linear addresses of the pages */
    UINT64 gpa[2];              /* theirs, valid if translated[] */
    UINT8  translated[2];
    UINT16 size;                /* bytes */
    UINT16 first;               /* bytes in the first page; the rest is in the second */
    UINT16 place;               /* in emu->image */
    UINT8  flags;               /* INSN_READ | INSN_WRITE | EMULATE_SYSTEM */
    UINT8  element;             /* 0: all of it; else bytes of an element, of which those are accessed
                                   that mask has a bit of */
    UINT64 mask;
    UINT8  data[EMULATE_MAX_ACCESS];
};

/* System registers, as far as emulate_extra_names() has asked for them. */
struct emulate_system
{
    WHV_X64_TABLE_REGISTER   gdtr, idtr;
    WHV_X64_SEGMENT_REGISTER ldtr, tr;
    UINT64                   cr0, cr4, interrupt_state;
};

/* A selector on its way into a segment register, or to be looked at. */
struct emulate_far
{
    UINT8  segment;
    UINT8  stage;
    UINT16 selector;
    UINT8  gate;                /* bytes of a word that it pushes; 0: there is none */
    UINT8  parameters;          /* so many of these words go along to the inner stack */
    UINT8  loads_stack;         /* a gate, IRET or RET does */
    UINT8  accessed_count;      /* descriptors whose A bit is to be set */
    UINT64 offset;              /* of a branch */
    UINT64 descriptor_at;
    UINT32 descriptor[4];
    UINT16 code_selector, stack_selector, old_stack_selector;
    UINT8  accessed[2];         /* the bytes with the A bits ... */
    UINT64 accessed_at[2];      /* ... and where they are */
    UINT64 stack, flags;
};

/* The registers that an instruction needs, as far as its bytes alone tell. */
struct emulate_need
{
    UINT16              gprs;           /* one bit each */
    UINT8               segments;       /* one bit each */
    UINT8               count;          /* 0: the instruction is not supported */
    UINT8               is_plain;       /* see plain.h: plan and load are valid, as far as the bytes tell */
    UINT8               access;         /* of what is plain: INSN_READ or INSN_WRITE */
    struct emulate_plan plan;
    struct emulate_load load;
    WHV_REGISTER_NAME   names[24];      /* gprs, RFLAGS, segments, CR4 in 64-bit code */
};

/* An instruction that has been decoded. Loops come back to it, and to decode is the dearest part. */
struct emulate_decoded
{
    struct insn         insn;           /* length 0: none */
    struct insn_native  native;         /* length 0: not by the host CPU */
    struct emulate_need need;
    UINT8               bytes[INSN_MAX_LENGTH + 1];
    UINT64              mask[2];        /* of bytes, those that are the instruction's */
};

/* By their addresses: more than a driver has of instructions that access one device in a loop. All zero at first. */
struct emulate_cache
{
    struct emulate_decoded decoded[16];
};

struct emulate
{
    /* kept from one emulation to the next: the instruction that was emulated last, as in struct emulate_decoded */
    struct insn              insn;
    struct insn_native       native;
    struct emulate_need      need;
    UINT8                    insn_bytes[INSN_MAX_LENGTH + 1];
    UINT64                   insn_mask[2];
    struct emulate_cache    *cache;             /* of those before it; may be NULL */
    /* XSAVE images of the standard format, valid as far as native needs them; the header is the last that they have */
    UINT8                    vectors[832], old_vectors[576];
    struct emulate_vector    vector[EMULATE_MAX_VECTORS];
    UINT8                    image[EMULATE_MAX_IMAGE];
    UINT64                   units[2][2];       /* if sparse: the 8-byte units of image that are read,
                                                   and that are written */
    struct emulate_system    system, old_system;

    /* given each time */
    WHV_VP_EXIT_CONTEXT      vp;
    UINT64                   rip, next_rip, rflags, old_rflags;
    UINT8                    bytes[INSN_MAX_LENGTH + 1];
    UINT8                    byte_count;
    UINT8                    port_size, port_out;       /* of PHASE_PORT, and rax too */
    UINT16                   port;
    UINT64                   rax;

    /* from here on zero each time */
    UINT8                    phase;             /* enum phase: what the next step does */
    UINT8                    waiting;           /* for the answer to this kind of request, or EMULATE_DONE */
    UINT8                    asked;             /* how many registers emulate_get_registers() has asked for */
    UINT16                   known;             /* so many requests that follow have been told, see emulate_request */
    UINT16                   series;            /* iterations that these are of, or 0: see series.h */
    UINT8                    native_names;      /* how many registers emulate_native_names() has asked for */
    UINT8                    extra_names;       /* ... emulate_extra_names() */
    UINT8                    sparse;            /* of the image only some units are accessed */
    UINT8                    again;             /* behind this execution there is more to plan */
    UINT8                    holds_off;         /* no single-step trap behind it */
    UINT8                    loads_segment;     /* far.c has taken the instruction over */
    UINT8                    faulted;           /* event is to be injected instead of finishing the instruction */
    UINT8                    relaxed;           /* the next translation is asked for without validation */
    UINT8                    unfinished;        /* RIP stays at the instruction: more iterations to come */
    UINT8                    vector_count;      /* of vector[] */
    UINT8                    access_count;
    UINT8                    current;           /* access, and byte or page of it, that the next request is about */
    UINT16                   offset;
    WHV_EMULATOR_STATUS      status;

    /* the page that the exit context names: known_access is what the processor was allowed there,
     * INSN_READ | INSN_WRITE */
    UINT64                   known_page;
    UINT64                   known_gpa;
    UINT8                    known_access;

    /* from here on zero when it is fetched, and when its registers come */
    UINT64                   gpr[16], old_gpr[16];
    UINT64                   cr0, cr4, xcr0;
    WHV_X64_SEGMENT_REGISTER segments[6];
    UINT8                    changed_segments;  /* one bit each */
    UINT64                   opmask;
    WHV_X64_PENDING_EXCEPTION_EVENT event;

    UINT32                   port_data;
    UINT32                   iterations;
    struct emulate_far       far;
    /* but for the last, which is cleared by who uses it: gate.c */
    struct emulate_access    access[3];
};

static inline void emulate_clear( struct emulate *emu )
{
    memset( &emu->gpr, 0, offsetof( struct emulate, access[2] ) - offsetof( struct emulate, gpr ));
}

#define NO_ERROR_CODE (~0u)

static inline enum insn_mode emulate_code_mode( const WHV_VP_EXIT_CONTEXT *vp )
{
    if (vp->ExecutionState.EferLma && vp->Cs.Long) return INSN_MODE_64;
    return vp->Cs.Default ? INSN_MODE_32 : INSN_MODE_16;
}

static inline UINT8 *emulate_data( struct emulate *emu, struct emulate_access *access )
{
    return access->size > EMULATE_MAX_ACCESS ? emu->image + access->place : access->data;
}

/* The first eight bytes, or as many as there are. */
static inline UINT64 emulate_get_data( const struct emulate_access *access )
{
    UINT64 value = 0;

    memcpy( &value, access->data, access->size < sizeof(value) ? access->size : sizeof(value) );
    return value;
}

static inline void emulate_put_data( struct emulate_access *access, UINT64 value )
{
    memcpy( access->data, &value, access->size < sizeof(value) ? access->size : sizeof(value) );
}

/* What changes selectors is executed in stages, each with accesses of its own; which they are its file knows. */
static inline BOOL emulate_next_stage( struct emulate *emu, UINT8 stage )
{
    emu->far.stage = stage;
    emu->again = 1;
    return TRUE;
}

/* A row of the table of instructions: plan and execute, as the functions of execute.c that call them. */
typedef BOOL (*emulate_func)( struct emulate *emu );

/* What the manuals leave to the processor is done as by the host's, which executes the guest's other instructions. */
static inline BOOL emulate_host_is_intel( void )
{
    return __builtin_cpu_is( "intel" );
}

#endif /* __WHV_UNIX_EMULATE_STATE_H */
