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
 * Which register name lives where: one row per name of the API, nothing but data and the search in it.
 * A row says in what set of KVM's a register is kept and where in it; registers_x86.c and events_x86.c say what that
 * means. Knows the layout of KVM's structures; knows no vp and calls nothing.
 * A new register name is a new row.
 */

#ifndef __WHV_UNIX_REGISTERS_TABLE_X86_H
#define __WHV_UNIX_REGISTERS_TABLE_X86_H

#include "winhvplatformdefs.h"

enum reg_kind
{
    REG_REFUSED,                /* a name of the API without a counterpart in KVM: ERROR_HV_INVALID_PARAMETER */
    REG_GPR,                    /* where: offset in kvm_regs */
    REG_SREG,                   /* where: offset in kvm_sregs, as the four below */
    REG_CR8,
    REG_SEGMENT,
    REG_TABLE,
    REG_DEBUG,                  /* where: offset in kvm_debugregs */
    REG_XCR0,
    REG_XMM,                    /* where: offset in the FXSAVE area */
    REG_FP,
    REG_FP_CONTROL,
    REG_XMM_CONTROL,
    REG_XSTATE,                 /* where: REG_XSTATE_PLACE; names of vectors.h */
    REG_MSR,                    /* where: the MSR's number */
    REG_SYNTHETIC,              /* an MSR of Hyper-V's, there only with synthetic processor features */
    REG_TSC_OFFSET,             /* clock_x86.c */
    REG_RUNTIME,                /* counters_x86.c */
    REG_APIC_ID,
    REG_APIC,                   /* where: offset in the local APIC's page */
    REG_EVENT,                  /* events_x86.c, by name */
};

/* In an XSAVE component, by offset in it; the mask registers (component 5) have 8 bytes, all others 16. */
#define REG_XSTATE_PLACE( component, offset )  ((component) << 16 | (offset))
#define REG_XSTATE_COMPONENT( where )          ((where) >> 16)
#define REG_XSTATE_OFFSET( where )             ((where) & 0xffff)

#define REG_NO_GET  1           /* write-only: reading is ERROR_HV_INVALID_PARAMETER */
#define REG_NO_SET  2           /* read-only: writing is ERROR_HV_ACCESS_DENIED */
#define REG_RESET   4           /* an MSR that a reset sets to 0 (the PAT: to its default) */

struct reg_row
{
    UINT32 name;
    UINT8  kind;
    UINT8  flags;
    UINT32 where;
};

extern const struct reg_row reg_table[];
extern const UINT32 reg_table_count;

/* The row of a name, NULL if the API has no such name. */
extern const struct reg_row *reg_find( UINT32 name );

#endif /* __WHV_UNIX_REGISTERS_TABLE_X86_H */
