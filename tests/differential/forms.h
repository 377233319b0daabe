/*
 * Differential test: the forms of instructions
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
 * One row for each form: how it is encoded, what it touches, which flags it leaves undefined.
 * The table describes instructions to the generator; it says nothing about whether anybody can execute them.
 * Known by generate.c, which makes cases of it, and exclusions.c, which says which of them are of no use.
 */

#ifndef __WHV_DIFFERENTIAL_FORMS_H
#define __WHV_DIFFERENTIAL_FORMS_H

#include "differential.h"

enum size
{
    SIZE_B,                     /* 1 */
    SIZE_W, SIZE_D, SIZE_Q, SIZE_X, SIZE_YMM,   /* 2, 4, 8, 16, 32 whatever the prefixes say */
    SIZE_V,                     /* 2, 4, 8 by prefix */
    SIZE_Z,                     /* 2, 4 by prefix */
    SIZE_Y,                     /* 4, 8 by REX.W */
    SIZE_PAIR,                  /* 8, 16 by REX.W */
    SIZE_T,                     /* 6; in 64-bit code 10 */
    SIZE_FX,                    /* 512 */
    SIZE_STACK,                 /* 2, 4; in 64-bit code 2, 8 */
    SIZE_FAR,                   /* an offset and a selector: 4, 6, 10 by prefix */
    SIZE_ENV, SIZE_SAVE,        /* x87: 14, 28 by prefix; and 80 */
    SIZE_TEN,                   /* 10 whatever the prefixes say */
};

enum
{
    F_MODRM   = 0x1,            /* has a ModRM byte with a memory operand */
    F_MOFFS   = 0x2,            /* an address right behind the opcode */
    F_READ    = 0x4,
    F_WRITE   = 0x8,            /* the memory operand */
    F_LOCKABLE    = 0x10,           /* may be locked */
    F_SOURCE  = 0x20,           /* string operand at rSI */
    F_DEST    = 0x40,           /* string operand at rDI */
    F_IN      = 0x80,
    F_OUT     = 0x100,
    F_DX      = 0x200,          /* ... port in DX, else in an immediate byte */
    F_PUSH    = 0x400,
    F_POP     = 0x800,
    F_BRANCH  = 0x1000,         /* what is read is jumped to */
    F_BITS    = 0x2000,         /* the register operand reaches beyond the memory operand */
    F_SSE     = 0x4000,
    F_NO64    = 0x8000,
    F_ONLY64  = 0x10000,
    F_REAL    = 0x20000,        /* real mode only */
    F_ALIGNED = 0x40000,
    F_OPREG   = 0x80000,        /* register in the low three bits of the opcode */
    F_CONDITION = 0x100000,     /* condition in the low four bits */
    F_COUNTED = 0x200000,       /* CMPS, SCAS: the repetition may end early */
    F_LEAVE   = 0x400000,       /* the stack is where rBP says */
    F_ENTER   = 0x800000,
    F_DOUBLE  = 0x1000000,      /* SHLD, SHRD */
    F_MEMORY  = 0x2000000,      /* only on memory: KVM's emulator has no way to do it in a device */
    F_WRITABLE = 0x4000000,     /* ... that is writable: KVM does not end at any other */
    F_FAR     = 0x8000000,      /* of SIZE_FAR */
    F_SEGMENT = 0x10000000,     /* loads a segment register */
    F_FPU     = 0x20000000,     /* the x87 state takes part */
    F_XLAT    = 0x40000000,     /* the operand is at rBX + AL */
    F_RW      = F_READ | F_WRITE,
};

/* The processor itself is the referee, and the operand in memory: ring 3 only, which every KVM executes natively. */
#define MAP_VEX   0x80
#define MAP_256   0x40
#define MAP_W     0x20
#define MAP_THREE 0x10          /* another register in the prefix */

enum undefined
{
    U_NONE,
    U_LOGIC,
    U_SHIFT,
    U_MUL,
    U_DIV,
    U_SCAN,
    U_BIT,
};

struct form
{
    const char *name;
    UINT8  mandatory;           /* prefix that is part of the opcode, or 0 */
    UINT8  map;                 /* 0; 1: 0f; 2: 0f 38; 3: 0f 3a; and MAP_ bits */
    UINT8  opcode;
    int8_t   extension;           /* ModRM.reg, or -1: a register */
    UINT8  size;                /* of the operand in memory */
    int8_t   immediate;           /* bytes; -1: as the operand, at most 4 */
    UINT8  undefined;
    UINT32 flags;
};

extern const struct form forms[];
extern const UINT32 form_count;

#endif /* __WHV_DIFFERENTIAL_FORMS_H */
