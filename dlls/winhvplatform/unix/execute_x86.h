/*
 * Executing what KVM can't
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
 * The instructions that KVM's own emulator lacks, executed here on the vp's registers and memory, so that the guest goes on.
 * Where KVM runs guest code in hardware hardly any comes here; a KVM that runs ring 0 and real mode in software needs them all.
 * Knows struct vp, regs.h, gva.h, gpa.h and insn.h; is known by exits.c alone. Memory operands are RAM: MMIO is an exit.
 * Guest bytes are hostile: what is not in a table here is refused. The vp is locked and out of the guest.
 * Source: Intel SDM volumes 1 and 2, AMD APM volumes 2 and 3.
 */

#ifndef __WHV_UNIX_EXECUTE_X86_H
#define __WHV_UNIX_EXECUTE_X86_H

#include "vp.h"

/* The instruction at the client's RIP, which KVM has refused. TRUE: it was executed, or its fault is queued, and the guest can
 * go on. FALSE: not ours, nothing has changed. */
extern BOOL execute_instruction( struct vp *vp );

/* Of the instruction at the client's RIP, if it is one with insn->element: the first access that refused() says can't be made.
 * FALSE: there is none. */
typedef BOOL (*execute_refused)( struct vp *vp, UINT64 gpa, UINT32 type );
extern BOOL execute_find_refused( struct vp *vp, execute_refused refused, UINT64 *gva, UINT64 *gpa, UINT32 *type );

/* ---- between the execute_*.c files ---- */

#include "gva.h"

#define EX_CR0_PE       (1ull << 0)
#define EX_CR0_MP       (1ull << 1)
#define EX_CR0_EM       (1ull << 2)
#define EX_CR0_TS       (1ull << 3)
#define EX_CR4_PGE      (1ull << 7)
#define EX_CR4_OSFXSR   (1ull << 9)
#define EX_CR4_OSXMM    (1ull << 10)
#define EX_CR4_FSGSBASE (1ull << 16)
#define EX_CR4_PCIDE    (1ull << 17)
#define EX_CR4_OSXSAVE  (1ull << 18)
#define EX_CR4_SMAP     (1ull << 21)

#define EX_RFLAGS_STATUS 0x8d5ull
#define EX_RFLAGS_TF    (1ull << 8)
#define EX_RFLAGS_IF    (1ull << 9)
#define EX_RFLAGS_OF    (1ull << 11)
#define EX_RFLAGS_NT    (1ull << 14)
#define EX_RFLAGS_RF    (1ull << 16)
#define EX_RFLAGS_VM    (1ull << 17)
#define EX_RFLAGS_AC    (1ull << 18)

#define VECTOR_DB 1
#define VECTOR_BP 3
#define VECTOR_OF 4
#define VECTOR_UD 6
#define VECTOR_NM 7
#define VECTOR_NP 11
#define VECTOR_SS 12
#define VECTOR_GP 13
#define VECTOR_PF 14
#define VECTOR_MF 16
#define VECTOR_XM 19

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

/* A memory operand that is known to be RAM with the rights asked for. */
#define EXECUTE_MAX_PARTS 3

struct execute_memory
{
    UINT64 gva;
    UINT32 size, count;
    struct { UINT64 gpa; UINT32 size; } parts[EXECUTE_MAX_PARTS];
};

/* Queue a fault; always EXECUTE_FAULT (EXECUTE_REFUSED if that fails). */
extern enum execute_result execute_fault( struct execute *ex, UINT8 vector );
extern enum execute_result execute_fault_code( struct execute *ex, UINT8 vector, UINT32 code, UINT64 parameter );

/* Linear address of the explicit memory operand. */
extern UINT64 execute_address( const struct execute *ex );
/* Translates size bytes (at most two pages) for reading, or reading and writing. EXECUTE_DONE: memory is valid. The address of
 * a 64-bit mode operand must be canonical: #GP, or #SS in that segment. */
extern enum execute_result execute_open( struct execute *ex, UINT8 segment, UINT64 gva, UINT32 size, BOOL write,
                                         struct execute_memory *memory );
/* Parts of an opened operand. FALSE: the host pages can't be accessed. */
extern BOOL execute_read( struct execute *ex, const struct execute_memory *memory, UINT32 offset, void *data, UINT32 size );
extern BOOL execute_write( struct execute *ex, const struct execute_memory *memory, UINT32 offset, const void *data, UINT32 size );

/* May the unit be used now? EXECUTE_DONE, or #UD, #NM. */
extern enum execute_result execute_check_unit( struct execute *ex, enum insn_unit unit );
/* XCR0; FALSE if KVM doesn't tell. */
extern BOOL execute_xcr0( struct execute *ex, UINT64 *value );

typedef enum execute_result (*execute_func)( struct execute *ex );

/* execute_native.c: on the host CPU, what insn_encode_native takes. */
extern enum execute_result execute_native( struct execute *ex );

/* Does the guest's CPUID offer a feature? reg: 0 eax ... 3 edx. Not known before the vp has its leaves: the host decides. */
extern BOOL execute_is_offered( const struct vp *vp, UINT32 leaf, UINT8 reg, UINT8 bit );

/* execute_elements.c */
extern enum execute_result execute_elements( struct execute *ex );
extern BOOL execute_find_access( struct execute *ex, execute_refused refused, UINT64 *gva, UINT64 *gpa, UINT32 *type );

/* execute_xsave.c */
extern enum execute_result execute_xsave( struct execute *ex );
extern enum execute_result execute_xrstor( struct execute *ex );
extern enum execute_result execute_xgetbv( struct execute *ex );
extern enum execute_result execute_xsetbv( struct execute *ex );
extern enum execute_result execute_ldmxcsr( struct execute *ex );
extern enum execute_result execute_stmxcsr( struct execute *ex );

/* execute_system.c */
extern enum execute_result execute_int( struct execute *ex );
extern enum execute_result execute_iret( struct execute *ex );
extern enum execute_result execute_sysret( struct execute *ex );
extern enum execute_result execute_fsgsbase( struct execute *ex );
extern enum execute_result execute_smap( struct execute *ex );
extern enum execute_result execute_invpcid( struct execute *ex );
extern enum execute_result execute_rdpid( struct execute *ex );

#endif /* __WHV_UNIX_EXECUTE_X86_H */
