/*
 * Registers: the table
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
 * Which register name lives where: a row for each name of the API, nothing but data and the way to it.
 * A row says in what set of KVM's a register is kept and where in it; registers_x86.c and events_x86.c say what that
 * means. Knows the layout of KVM's structures; knows no vp and calls nothing.
 * A new register name is a new row.
 */

#ifndef __WHV_UNIX_REGISTERS_TABLE_X86_H
#define __WHV_UNIX_REGISTERS_TABLE_X86_H

#include "winhvplatformdefs.h"

enum reg_kind
{
    REG_NONE,                   /* no name of the API: a gap between names */
    /* plain ones: they are there on every vp, are kept by us, and take any value */
    REG_GPR,                    /* where: offset in kvm_regs */
    REG_SREG,                   /* where: offset in kvm_sregs, as the two below */
    REG_SEGMENT,
    REG_TABLE,
    REG_DEBUG,                  /* where: offset in kvm_debugregs */
    REG_XCR0,
    REG_XMM,                    /* where: offset in the FXSAVE area */
    REG_FP,
    REG_FP_CONTROL,
    /* the others */
    REG_CR8,                    /* where: offset in kvm_sregs */
    REG_XMM_CONTROL,
    REG_XSTATE,                 /* where: REG_XSTATE_PLACE; names of vectors.h */
    REG_MSR,                    /* where: the MSR's number */
    REG_SYNTHETIC,              /* an MSR of Hyper-V's, there only with synthetic processor features */
    REG_TSC_OFFSET,             /* clock_x86.c */
    REG_RUNTIME,                /* counters_x86.c */
    REG_APIC_ID,
    REG_APIC,                   /* where: offset in the local APIC's page */
    REG_EVENT,                  /* events_x86.c, by name */
    REG_REFUSED,                /* a name of the API without a counterpart in KVM: ERROR_HV_INVALID_PARAMETER */
};

/* In an XSAVE component, by offset in it; the mask registers (component 5) have 8 bytes, all others 16. */
#define REG_XSTATE_PLACE( component, offset )  ((component) << 16 | (offset))
#define REG_XSTATE_COMPONENT( where )          ((where) >> 16)
#define REG_XSTATE_OFFSET( where )             ((where) & 0xffff)

#define REG_NO_GET  1           /* write-only: reading is ERROR_HV_INVALID_PARAMETER */
#define REG_NO_SET  2           /* read-only: writing is ERROR_HV_ACCESS_DENIED */
#define REG_RESET   4           /* an MSR that a reset sets to 0 (the PAT: to its default) */
#define REG_CHECKED 16          /* values_x86.c says what it can hold */
#define REG_PLAIN   8           /* of a plain kind: nothing has to be asked before it is read or written */

struct reg_row
{
    UINT32 where;
    UINT8  kind;
    UINT8  flags;
};

/* A stretch of names, first, first + 1 ..., and their rows. Names in it that the API doesn't have are of REG_NONE. */
struct reg_part
{
    UINT32                first, count;
    const struct reg_row *rows;
};

#define REG_PARTS 8
extern const struct reg_part reg_parts[REG_PARTS];
/* The first part's rows, from name 0 on. */
extern const struct reg_row reg_cpu_rows[];
extern const struct reg_row reg_none;

/* RAX to R15, RIP and RFLAGS have the API's first names. */
#define REG_GPR_COUNT  (WHvX64RegisterRflags + 1)

static inline BOOL reg_is_gpr( UINT32 name )
{
    return name < REG_GPR_COUNT;
}

/* The row of any name: that of a name which the API doesn't have is of REG_NONE. For a list of names: they follow each
 * other, and the next one is looked for first where the last one was; *part is reg_parts at the beginning. */
static inline const struct reg_row *reg_find_next( const struct reg_part **part, UINT32 name )
{
    UINT32 i;

    if (name - (*part)->first < (*part)->count) return &(*part)->rows[name - (*part)->first];
    for (i = 0; i < REG_PARTS; i++)
    {
        if (name - reg_parts[i].first >= reg_parts[i].count) continue;
        *part = &reg_parts[i];
        return &reg_parts[i].rows[name - reg_parts[i].first];
    }
    return &reg_none;
}

static inline const struct reg_row *reg_find( UINT32 name )
{
    const struct reg_part *part = reg_parts;

    return reg_find_next( &part, name );
}

#endif /* __WHV_UNIX_REGISTERS_TABLE_X86_H */
