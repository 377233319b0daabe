/*
 * Instruction emulation
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
 * Emulates one instruction at an exit, for WinHvEmulation and for whoever else has registers and memory to offer.
 * A state machine: it asks for one thing at a time (registers, a translation, a piece of memory, a port) and goes on with the answer.
 * Knows insn.h and the API's types; knows neither who answers, nor a vp or a partition. No allocation, no system call.
 * Everything that comes in (contexts, bytes, answers) is hostile; registers are set once, at the end, or not at all.
 * emulate.c is the machine, emulate_address.c segmentation, emulate_execute.c and emulate_alu.c the instructions, emulate_stack.c,
 * emulate_far.c, emulate_system.c, emulate_fpu.c and emulate_vector.c more of them; those that have no code there are the host
 * CPU's, by emulate_native.c.
 */

#ifndef __WHV_UNIX_EMULATE_H
#define __WHV_UNIX_EMULATE_H

#include <string.h>

#include "../../winhvemulation/unixlib.h"
#include "insn.h"
#include "native.h"

/* After that many iterations of a string instruction the guest gets on with it by itself: interrupts must not wait longer. */
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

/* in emulate_access.flags beside INSN_READ and INSN_WRITE: a descriptor table, with the rights of the system whatever the CPL */
#define EMULATE_SYSTEM 4

/* A memory operand, explicit or implied: at most two pages. What has more than EMULATE_MAX_ACCESS bytes is in emu->image. */
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
    UINT8  element;             /* 0: all of it; else bytes of an element, of which those are accessed that mask has a bit of */
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

/* A selector on its way into a segment register. */
struct emulate_far
{
    UINT8  segment;
    UINT8  stage;
    UINT16 selector;
    UINT64 offset;              /* of a branch */
    UINT64 descriptor_at;
    UINT32 descriptor[2];
};

struct emulate
{
    /* kept from one emulation to the next: loops come back to the same instruction, and decoding is the dearest part */
    struct insn              insn;
    UINT8                    insn_bytes[INSN_MAX_LENGTH];
    struct insn_native       native;            /* length 0: not by the host CPU */
    /* XSAVE images of the standard format, valid as far as native needs them; the header is the last that they have */
    UINT8                    vectors[832], old_vectors[576];
    struct emulate_vector    vector[EMULATE_MAX_VECTORS];
    UINT8                    image[EMULATE_MAX_IMAGE];
    UINT64                   units[2][2];       /* if sparse: the 8-byte units of image that are read, and that are written */
    struct emulate_system    system, old_system;

    WHV_VP_EXIT_CONTEXT      vp;                /* from here on all is new each time */
    UINT8                    phase;             /* enum phase of emulate.c */
    UINT8                    waiting;           /* for the answer to this kind of request, or EMULATE_DONE */
    UINT8                    native_names;      /* how many registers emulate_native_names() has asked for */
    UINT8                    extra_names;       /* ... emulate_extra_names() */
    UINT8                    sparse;            /* of the image only some units are accessed */
    UINT8                    again;             /* behind this execution there is more to plan */
    UINT8                    holds_off;         /* no single-step trap behind it */
    UINT8                    loads_segment;     /* emulate_far.c has taken the instruction over */
    UINT8                    faulted;           /* event is to be injected instead of finishing the instruction */
    UINT8                    relaxed;           /* the next translation is asked for without validation */
    UINT8                    unfinished;        /* RIP stays at the instruction: more iterations to come */
    WHV_EMULATOR_STATUS      status;

    UINT8                    bytes[INSN_MAX_LENGTH];
    UINT8                    byte_count;

    /* the page that the exit context names: known_access is what the processor was allowed there, INSN_READ | INSN_WRITE */
    UINT64                   known_page;
    UINT64                   known_gpa;
    UINT8                    known_access;

    UINT64                   gpr[16], old_gpr[16];
    UINT64                   rip, next_rip, rflags, old_rflags, cr0, cr4, xcr0;
    WHV_X64_SEGMENT_REGISTER segments[6];
    UINT8                    changed_segments;  /* one bit each */
    UINT8                    vector_count;      /* of vector[] */
    UINT64                   opmask;
    WHV_X64_PENDING_EXCEPTION_EVENT event;

    struct emulate_access    access[2];
    UINT8                    access_count;
    UINT8                    current;           /* access, and byte or page of it, that the next request is about */
    UINT16                   offset;
    UINT16                   port;
    UINT32                   port_data;
    UINT32                   iterations;
    struct emulate_far       far;
};

/***********************************************************************
 *           emulate_begin_mmio, emulate_begin_io
 *
 * Start over with another exit. The first emulate_step() goes without an answer.
 *
 * PARAMS
 *  emu  [I/O] zero before the first time
 *  vp   [I] what all exits have: RIP, RFLAGS, CS, execution state
 *  mmio [I] the memory access, io [I] the port access; our own copy, not the caller's memory
 */
extern void emulate_begin_mmio( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const WHV_MEMORY_ACCESS_CONTEXT *mmio );
extern void emulate_begin_io( struct emulate *emu, const WHV_VP_EXIT_CONTEXT *vp, const WHV_X64_IO_PORT_ACCESS_CONTEXT *io );

/***********************************************************************
 *           emulate_step
 *
 * PARAMS
 *  req [I/O] in: the answer to the request that the last step made; out: the next request
 *
 * After EMULATE_DONE every further step says EMULATE_DONE again. The number of steps is bounded.
 */
extern void emulate_step( struct emulate *emu, struct emulate_request *req );

/* ---- between the emulate_*.c files ---- */

#define RFLAGS_CF  0x0001ull
#define RFLAGS_PF  0x0004ull
#define RFLAGS_AF  0x0010ull
#define RFLAGS_ZF  0x0040ull
#define RFLAGS_SF  0x0080ull
#define RFLAGS_TF  0x0100ull
#define RFLAGS_IF  0x0200ull
#define RFLAGS_DF  0x0400ull
#define RFLAGS_OF  0x0800ull
#define RFLAGS_IOPL 0x3000ull
#define RFLAGS_NT  0x4000ull
#define RFLAGS_RF  0x10000ull
#define RFLAGS_VM  0x20000ull
#define RFLAGS_AC  0x40000ull
#define RFLAGS_ID  0x200000ull
#define RFLAGS_STATUS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

#define NO_ERROR_CODE (~0u)

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

/* What the manuals leave to the processor is done as by the host's, which executes the guest's other instructions. */
static inline BOOL emulate_host_is_intel( void )
{
    return __builtin_cpu_is( "intel" );
}

/* Inject an exception instead of going on; always returns FALSE. */
extern BOOL emulate_fault( struct emulate *emu, UINT8 vector, UINT32 error, UINT64 parameter );
/* Give up with InternalEmulationFailure; always returns FALSE. */
extern BOOL emulate_refuse( struct emulate *emu );

/* emulate_address.c: segment and offset -> an entry in emu->access. FALSE: faulted or refused. */
extern BOOL emulate_add_access( struct emulate *emu, UINT8 segment, UINT64 offset, UINT32 size, UINT8 flags );
/* The same by linear address and without checks, for what the system does by itself. */
extern void emulate_add_system_access( struct emulate *emu, UINT64 address, UINT32 size, UINT8 flags );
extern BOOL emulate_is_canonical( const struct emulate *emu, UINT64 address );
/* Real mode, or virtual 8086 mode. */
extern BOOL emulate_is_real_mode( const struct emulate *emu );
/* May the instruction pointer become this? FALSE: faulted. */
extern BOOL emulate_check_target( struct emulate *emu, UINT64 rip );
/* Segments that insn's memory operands need, one bit each (numbered as in insn.h). */
extern UINT32 emulate_needed_segments( const struct insn *insn );
/* Bytes of rSP that pushes and pops use. */
extern UINT8 emulate_stack_address_size( const struct emulate *emu );
/* rSP or rBP, some bytes on, as an offset in SS. */
extern UINT64 emulate_stack_offset( const struct emulate *emu, UINT8 reg, INT64 bytes );
extern void emulate_move_stack( struct emulate *emu, INT64 bytes );

/* emulate_execute.c */
/* Is there code for this instruction? */
extern BOOL emulate_supported( const struct insn *insn );
/* General registers that it reads or writes, one bit each. */
extern UINT32 emulate_needed_gprs( const struct emulate *emu );
/* Its memory operands into emu->access; for a string instruction those of the next iteration. FALSE: faulted or refused. */
extern BOOL emulate_plan( struct emulate *emu );
/* All operands have been read: change registers and access data. FALSE: faulted or refused, nothing changed. */
extern BOOL emulate_execute( struct emulate *emu );
/* The explicit memory operand into emu->access, and what a register operand holds. */
extern BOOL emulate_plan_operand( struct emulate *emu );
/* Registers beside those that most instructions need; as emulate_native_names() and what follows it. */
extern UINT32 emulate_extra_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_extra_take( struct emulate *emu, const WHV_REGISTER_VALUE *values );
extern UINT32 emulate_extra_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );

/* A row of the table of instructions: plan and execute, as the functions of emulate_execute.c that call them. */
typedef BOOL (*emulate_func)( struct emulate *emu );

/* emulate_stack.c */
extern BOOL emulate_plan_pusha( struct emulate *emu ), emulate_pusha( struct emulate *emu );
extern BOOL emulate_plan_popa( struct emulate *emu ), emulate_popa( struct emulate *emu );
extern BOOL emulate_plan_leave( struct emulate *emu ), emulate_leave( struct emulate *emu );
extern BOOL emulate_plan_enter( struct emulate *emu ), emulate_enter( struct emulate *emu );
extern BOOL emulate_plan_popf( struct emulate *emu ), emulate_popf( struct emulate *emu );

/* emulate_far.c: whatever loads a segment register. The names are those of emulate_system.c. */
static inline BOOL emulate_loads_segment( const struct insn *insn )
{
    if (insn->op >= INSN_CALL_FAR && insn->op <= INSN_LOAD_FAR) return TRUE;
    return (insn->op == INSN_MOV || insn->op == INSN_POP) && insn->operands[0].kind == INSN_OPERAND_SEGMENT;
}
extern BOOL emulate_plan_far( struct emulate *emu );
extern BOOL emulate_far( struct emulate *emu );

/* emulate_system.c */
extern UINT32 emulate_system_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_system_take( struct emulate *emu, const WHV_REGISTER_VALUE *values );
extern UINT32 emulate_system_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );
extern BOOL emulate_plan_system( struct emulate *emu ), emulate_system( struct emulate *emu );
extern BOOL emulate_plan_xlat( struct emulate *emu ), emulate_xlat( struct emulate *emu );
extern BOOL emulate_bound( struct emulate *emu );
extern BOOL emulate_plan_arpl( struct emulate *emu ), emulate_arpl( struct emulate *emu );

/* emulate_fpu.c */
extern UINT32 emulate_fpu_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_fpu_take( struct emulate *emu, const WHV_REGISTER_VALUE *values );
extern UINT32 emulate_fpu_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );
extern BOOL emulate_plan_fxsave( struct emulate *emu ), emulate_fxsave( struct emulate *emu ), emulate_fxrstor( struct emulate *emu );
extern BOOL emulate_plan_xsave( struct emulate *emu ), emulate_xsave( struct emulate *emu ), emulate_xrstor( struct emulate *emu );
extern BOOL emulate_plan_fpu_env( struct emulate *emu ), emulate_store_fpu_env( struct emulate *emu );
extern BOOL emulate_load_fpu_env( struct emulate *emu );

/* emulate_native.c: for those whose table has no entry. */
/* Can the host CPU do it? Fills emu->native. */
extern BOOL emulate_native_supported( struct emulate *emu );
/* Control and vector registers that the instruction needs, and taking them. Also for what the table has of vectors. */
extern UINT32 emulate_native_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
extern void emulate_native_take( struct emulate *emu, const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values,
                                 UINT32 count );
/* Vector registers that are to be set. */
extern UINT32 emulate_native_changes( struct emulate *emu, WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values );
/* May it be executed, now? FALSE: faulted or refused. */
extern BOOL emulate_native_check( struct emulate *emu );
/* As emulate_execute(). */
extern BOOL emulate_native_execute( struct emulate *emu );
/* LDMXCSR, STMXCSR. */
extern BOOL emulate_mxcsr( struct emulate *emu );

/* emulate_vector.c: loads and stores of vector registers, also those that go element by element. */
/* Which vector registers take part: fills emu->vector. For the host CPU's, INSN_VMOV and what has insn->element. */
extern void emulate_vector_find( struct emulate *emu );
extern UINT32 emulate_vector_names( const struct emulate *emu, WHV_REGISTER_NAME *names );
/* Where a named register is kept, and what it was; NULL: not one of emu->vector. */
extern UINT8 *emulate_vector_place( struct emulate *emu, WHV_REGISTER_NAME name, const UINT8 **old );
extern BOOL emulate_vector_supported( const struct insn *insn );
extern BOOL emulate_vector_move( struct emulate *emu );
/* INSN_VMASKMOV, INSN_MASKMOV, INSN_GATHER, as emulate_plan() and emulate_execute(). */
extern BOOL emulate_elements_plan( struct emulate *emu );
extern BOOL emulate_elements_execute( struct emulate *emu );
/* Is there another element to gather? */
extern BOOL emulate_elements_next( struct emulate *emu );

/* emulate_alu.c: on the low size bytes of the values; flags in and out. */
typedef UINT64 (*alu_func)( UINT8 size, UINT64 dst, UINT64 src, UINT64 *rflags );
/* op: INSN_ADD ... INSN_DEC, shifts and rotates, BT*, BSF, BSR, two-operand IMUL; NULL for others. */
extern alu_func alu_find( UINT8 op );
extern UINT64 alu_shift_double( BOOL left, UINT8 size, UINT64 dst, UINT64 src, UINT8 count, UINT64 *rflags );
/* lo and hi: the accumulator's halves, al and ah for bytes. */
extern void alu_multiply( BOOL is_signed, UINT8 size, UINT64 *lo, UINT64 *hi, UINT64 src, UINT64 *rflags );
/* FALSE: #DE, nothing changed. */
extern BOOL alu_divide( BOOL is_signed, UINT8 size, UINT64 *lo, UINT64 *hi, UINT64 src );
extern BOOL alu_condition( UINT64 rflags, UINT8 condition );

#endif /* __WHV_UNIX_EMULATE_H */
