/*
 * Differential test: the guest
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

#include <string.h>

#include "differential.h"
#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"

#define GDT   0x1000
#define TSS   0x1800
#define IDT   0x2000
#define PML4  0x4000
#define PDPT  0x5000
#define PD    0x6000
#define PT    0x7000
#define PD32  0x8000
#define PT32  0x9000
#define PDPT_PAE 0x1c00         /* four entries */

#define ISLAND 128              /* page number: the second page of code again, and nothing before it */

#define PAGE_FLAGS 0x67u        /* present, writable, user, accessed, dirty */

const char * const mode_names[MODE_COUNT] = { "real16", "prot16", "prot32", "paged32", "pae32", "compat32", "long64",
                                              "user64" };

BOOL machine_is_paged( enum mode mode )
{
    return mode >= MODE_PAGED32;
}

/* By its page tables and interrupts; the code may be 32-bit. */
static BOOL is_long( enum mode mode )
{
    return mode >= MODE_COMPAT32;
}

static BOOL is_64( enum mode mode )
{
    return mode >= MODE_LONG64;
}

BOOL machine_is_mmio( UINT64 gpa )
{
    return (gpa >= MMIO && gpa < DATA2) || gpa >= MMIO2;
}

BOOL machine_is_rom( UINT64 gpa )
{
    return gpa >= ROM && gpa < MMIO2;
}

/* Page numbers of the last level: the machine itself stands where it is; behind it the windows come again in another
 * order, so that neighbours in linear space are none in memory; the last page wraps around to the first. */
static UINT32 page_of( UINT32 index )
{
    static const UINT8 windows[] =
    {
        0x18, 0x20, 0x21, 0x19, 0x22, 0x1a, 0x24, 0x23, 0x2c, 0x25, 0x28, 0x1b, 0x29, 0x2d, 0x26, 0x2e,
        0x2f, 0x27, 0x2a, 0x2b, 0x20, 0x18, 0x28, 0x20, 0x2c, 0x2d, 0x19, 0x1a, 0x1b, 0x18, 0x24, 0x20,
    };

    if (index < 0x30) return index;
    if (index == ISLAND || index == ISLAND + 1) return (CODE >> 12) + 1 + index - ISLAND;
    if (index >= 64 && index < 64 + ARRAY_SIZE( windows )) return windows[index - 64];
    if (index >= GUARDED && index < GUARDED + GUARDED_COUNT) return windows[index - GUARDED];
    if (index == 511 || index == 0x1ff) return 0x21;
    return 0;
}

/* Rights of the last level: every other guarded page lacks Write, the others User. */
static UINT32 flags_of( UINT32 index )
{
    if (index < GUARDED || index >= GUARDED + GUARDED_COUNT) return PAGE_FLAGS;
    return PAGE_FLAGS & ~(index & 1 ? 2 : 4);
}

BOOL machine_is_forbidden( enum mode mode, UINT64 linear, BOOL write )
{
    UINT32 flags = flags_of( linear >> 12 & (mode == MODE_PAGED32 ? 1023 : 511) );

    return machine_is_paged( mode ) && ((write && !(flags & 2)) || (mode == MODE_USER64 && !(flags & 4)));
}

BOOL machine_translate( enum mode mode, UINT64 linear, UINT64 *gpa )
{
    UINT32 index = linear >> 12 & 511, page;

    *gpa = linear;
    if (!machine_is_paged( mode )) return 1;
    if (mode >= MODE_PAE32)
    {
        UINT32 top = linear >> 39 & 511, second = linear >> 30 & 511, third = linear >> 21 & 511;

        if (top != 0 && top != 256 && top != 511) return 0;
        if (second != 0 && second != 3 && second != 511) return 0;
        if (third != 0 && third != 511) return 0;
    }
    else
    {
        UINT32 top = linear >> 22 & 1023;

        index = linear >> 12 & 1023;
        if (top != 0 && top != 1023) return 0;
        if (index == 1023) index = 511;
        else if (index >= 511) return 0;
    }
    page = page_of( index );
    if (!page && index) return 0;
    *gpa = (UINT64)page << 12 | (linear & 0xfff);
    return 1;
}

UINT64 machine_code( const struct test *test )
{
    if (test->island) return ((UINT64)ISLAND << 12) + test->code_offset - 0x1000;
    return CODE + test->code_offset;
}

UINT64 machine_rip( const struct test *test, UINT64 linear )
{
    return linear - (is_64( test->mode ) ? 0 : test->base[SEGMENT_CS]);
}

static void put64( UINT8 *memory, UINT32 offset, UINT64 value )
{
    memcpy( memory + offset, &value, 8 );
}

static void put32( UINT8 *memory, UINT32 offset, UINT32 value )
{
    memcpy( memory + offset, &value, 4 );
}

static void fill_tables( enum mode mode, UINT8 *memory )
{
    UINT32 i;

    for (i = 0; i < EXCEPTION_VECTORS; i++)
    {
        UINT32 handler = HANDLERS + i * 16;

        memory[handler] = 0xf4;
        if (mode == MODE_REAL16) put32( memory, i * 4, handler );
        else if (is_long( mode ))
        {
            put64( memory, IDT + i * 16, (UINT64)handler | 8ull << 16 | 0x8e00ull << 32 );
            put64( memory, IDT + i * 16 + 8, 0 );
        }
        else put64( memory, IDT + i * 8, (handler & 0xffff) | 8ull << 16 | 0x8e00ull << 32 );
    }
    put64( memory, GDT + 0x08, is_long( mode ) ? 0x00209b0000000000ull : 0x00cf9b000000ffffull );
    put64( memory, GDT + 0x10, 0x00cf93000000ffffull );
    put64( memory, GDT + 0x18, 0x0020fb0000000000ull );
    put64( memory, GDT + 0x20, 0x00cff3000000ffffull );
    put64( memory, GDT + 0x28, 0x0000890000000067ull | (UINT64)TSS << 16 );
    /* for segment registers: with a base and not yet accessed; not present; read-only; code that can't be read;
     * conforming code */
    put64( memory, GDT + 0x38, 0x00cf92001234ffffull );
    put64( memory, GDT + 0x40, 0x00cf13000000ffffull );
    put64( memory, GDT + 0x48, 0x00cf91000000ffffull );
    put64( memory, GDT + 0x50, is_long( mode ) ? 0x0020980000000000ull : 0x00cf98000000ffffull );
    put64( memory, GDT + 0x58, is_long( mode ) ? 0x00209f0000000000ull : 0x00cf9f000000ffffull );
    put64( memory, TSS + 4, RING0_STACK );
    put32( memory, TSS + 0x64, 0x68 << 16 );

    if (is_long( mode ))
    {
        static const UINT16 tops[] = { 0, 256, 511 }, seconds[] = { 0, 3, 511 }, thirds[] = { 0, 511 };

        for (i = 0; i < ARRAY_SIZE( tops ); i++) put64( memory, PML4 + tops[i] * 8, PDPT | PAGE_FLAGS );
        for (i = 0; i < ARRAY_SIZE( seconds ); i++) put64( memory, PDPT + seconds[i] * 8, PD | PAGE_FLAGS );
        for (i = 0; i < ARRAY_SIZE( thirds ); i++) put64( memory, PD + thirds[i] * 8, PT | PAGE_FLAGS );
        for (i = 0; i < 512; i++)
            put64( memory, PT + i * 8, page_of( i ) || !i ? (UINT64)page_of( i ) << 12 | flags_of( i ) : 0 );
    }
    else if (mode == MODE_PAE32)
    {
        for (i = 0; i < 4; i += 3) put64( memory, PDPT_PAE + i * 8, PD | 1 );
        for (i = 0; i < 512; i += 511) put64( memory, PD + i * 8, PT | PAGE_FLAGS );
        for (i = 0; i < 512; i++)
            put64( memory, PT + i * 8, page_of( i ) || !i ? (UINT64)page_of( i ) << 12 | flags_of( i ) : 0 );
    }
    else if (mode == MODE_PAGED32)
    {
        put32( memory, PD32, PT32 | PAGE_FLAGS );
        put32( memory, PD32 + 1023 * 4, PT32 | PAGE_FLAGS );
        for (i = 0; i < 511; i++)
            put32( memory, PT32 + i * 4, page_of( i ) || !i ? page_of( i ) << 12 | flags_of( i ) : 0 );
        put32( memory, PT32 + 1023 * 4, page_of( 511 ) << 12 | PAGE_FLAGS );
    }
}

void machine_fill( const struct test *test, UINT8 *memory )
{
    static UINT8 tables[MODE_COUNT][0xa000];
    static BOOL filled[MODE_COUNT];
    UINT8 *code = memory + CODE + test->code_offset;
    UINT64 value = test->seed ^ hash64( test->index );
    UINT32 i;

    if (!filled[test->mode])
    {
        fill_tables( test->mode, tables[test->mode] );
        filled[test->mode] = 1;
    }
    memcpy( memory, tables[test->mode], sizeof(tables[0]) );
    memset( memory + sizeof(tables[0]), 0, DATA - sizeof(tables[0]) );
    for (i = DATA; i < MMIO; i += 8)
        put64( memory, i, value = value * 6364136223846793005ull + 1442695040888963407ull );
    for (i = DATA2; i < MMIO2; i += 8)
        put64( memory, i, value = value * 6364136223846793005ull + 1442695040888963407ull );
    if (test->lead)
    {
        struct random random = { test->seed ^ hash64( ~test->index ) };

        for (i = 2; i < test->lead; i++) code[(INT32)i - test->lead] = random_next( &random );
    }
    memcpy( code - MAX_LENGTH, test->before, MAX_LENGTH );
    if (test->lead)
    {
        code[-test->lead] = 0xeb;
        code[1 - test->lead] = test->lead - 2;
    }
    memcpy( code, test->bytes, test->length );
    code[test->length] = memory[LANDING] = memory[FAR_LANDING] = 0xf4;
    if (test->planted && !machine_is_mmio( test->plant_gpa ))
        memcpy( memory + test->plant_gpa, test->plant, test->planted );
}

static void set_segment( struct kvm_segment *segment, enum mode mode, UINT64 base, UINT16 selector, BOOL code )
{
    memset( segment, 0, sizeof(*segment) );
    segment->base = base;
    segment->selector = selector;
    segment->present = 1;
    segment->s = 1;
    segment->type = code ? 0xb : 0x3;
    segment->limit = 0xffffffff;
    segment->g = 1;
    segment->db = 1;
    switch (mode)
    {
    case MODE_REAL16:
        segment->selector = base >> 4;
        segment->limit = 0xffff;
        segment->g = segment->db = 0;
        segment->type = 0x3;
        if (code) segment->type = 0xb;
        break;
    case MODE_PROT16:
        segment->db = 0;
        break;
    case MODE_COMPAT32:
        break;
    case MODE_LONG64:
    case MODE_USER64:
        segment->l = code;
        if (code) segment->db = 0;
        segment->dpl = mode == MODE_USER64 ? 3 : 0;
        break;
    default:
        break;
    }
}

void machine_state( const struct test *test, struct kvm_regs *regs, struct kvm_sregs *sregs )
{
    enum mode mode = test->mode;
    UINT16 code = mode == MODE_USER64 ? 0x1b : 8, data = mode == MODE_USER64 ? 0x23 : 0x10;

    memset( regs, 0, sizeof(*regs) );
    regs->rax = test->gpr[RAX]; regs->rcx = test->gpr[RCX]; regs->rdx = test->gpr[RDX]; regs->rbx = test->gpr[RBX];
    regs->rsp = test->gpr[RSP]; regs->rbp = test->gpr[RBP]; regs->rsi = test->gpr[RSI]; regs->rdi = test->gpr[RDI];
    regs->r8  = test->gpr[8];   regs->r9  = test->gpr[9];   regs->r10 = test->gpr[10];  regs->r11 = test->gpr[11];
    regs->r12 = test->gpr[12];  regs->r13 = test->gpr[13];  regs->r14 = test->gpr[14];  regs->r15 = test->gpr[15];
    regs->rflags = test->rflags | 2;
    regs->rip = machine_rip( test, machine_code( test ) - test->lead );

    memset( sregs, 0, sizeof(*sregs) );
    set_segment( &sregs->es, mode, test->base[SEGMENT_ES], data, 0 );
    set_segment( &sregs->cs, mode, is_64( mode ) ? 0 : test->base[SEGMENT_CS], code, 1 );
    set_segment( &sregs->ss, mode, test->base[SEGMENT_SS], data, 0 );
    set_segment( &sregs->ds, mode, test->base[SEGMENT_DS], data, 0 );
    set_segment( &sregs->fs, mode, test->base[SEGMENT_FS], data, 0 );
    set_segment( &sregs->gs, mode, test->base[SEGMENT_GS], data, 0 );
    if (test->limit)
    {
        struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };

        segments[test->limited]->limit = test->limit;
        segments[test->limited]->g = 0;
    }
    sregs->tr.base = TSS;
    sregs->tr.limit = 0x67;
    sregs->tr.selector = 0x28;
    sregs->tr.type = 0xb;
    sregs->tr.present = 1;
    sregs->ldt.unusable = 1;
    sregs->ldt.type = 2;
    sregs->gdt.base = GDT;
    sregs->gdt.limit = 0x5f;
    sregs->idt.base = mode == MODE_REAL16 ? 0 : IDT;
    if (mode == MODE_REAL16) sregs->idt.limit = 0x3ff;
    else sregs->idt.limit = EXCEPTION_VECTORS * (is_long( mode ) ? 16 : 8) - 1;
    sregs->cr0 = 0x30;          /* ET NE */
    sregs->cr4 = 0x600;         /* OSFXSR OSXMMEXCPT */
    if (form_uses_upper_halves( test->form )) sregs->cr4 |= 0x40000;    /* OSXSAVE */
    if (mode != MODE_REAL16) sregs->cr0 |= 1;
    if (mode == MODE_PAGED32)
    {
        sregs->cr0 |= 0x80010000;
        sregs->cr3 = PD32;
    }
    if (mode == MODE_PAE32)
    {
        sregs->cr0 |= 0x80010000;
        sregs->cr4 |= 0x20;
        sregs->cr3 = PDPT_PAE;
    }
    if (is_long( mode ))
    {
        sregs->cr0 |= 0x80010000;
        sregs->cr4 |= 0x20;
        sregs->cr3 = PML4;
        sregs->efer = 0x500;
    }
    if (mode == MODE_USER64) sregs->cr0 |= 0x40000;     /* AM */
    sregs->apic_base = 0xfee00900;
}

/* Whether the image of RFLAGS that a fault leaves on the stack has RF set differs from processor to emulator of
 * processors. */
static void hide_resume_flag( const struct test *test, struct outcome *outcome )
{
    BOOL has_error = outcome->vector == 8 || (outcome->vector >= 10 && outcome->vector <= 14) || outcome->vector == 17;
    UINT64 size = is_long( test->mode ) ? 8 : 4, linear = outcome->gpr[RSP], gpa;

    if (test->mode == MODE_REAL16) return;
    if (test->mode == MODE_PROT16) linear = (UINT16)linear;
    linear += (has_error + 2) * size + 2 + (is_long( test->mode ) ? 0 : outcome->segments[SEGMENT_SS].base);
    if (!is_long( test->mode )) linear = (UINT32)linear;
    if (machine_translate( test->mode, linear, &gpa ) && gpa < RAM_SIZE && !machine_is_mmio( gpa ))
        outcome->memory[gpa] &= ~1;
}

/* QEMU's processor, on which the lab runs, sets A in the top table of PAE, where there is none. */
void machine_hide_accessed( const struct test *test, UINT8 *memory )
{
    if (test->mode != MODE_PAE32) return;
    memory[PDPT_PAE] &= ~0x20;
    memory[PDPT_PAE + 3 * 8] &= ~0x20;
}

/* In ring 3 the HLT behind the instruction is an exception: what was in the registers is on the stack. */
void machine_look_at_end( const struct test *test, struct outcome *outcome )
{
    UINT64 linear = outcome->rip + outcome->segments[SEGMENT_CS].base, frame[6];

    outcome->end = END_DONE;
    machine_hide_accessed( test, outcome->memory );
    if (linear < HANDLERS || linear >= HANDLERS + EXCEPTION_VECTORS * 16) return;
    outcome->end = END_EXCEPTION;
    outcome->vector = (linear - HANDLERS) / 16;
    hide_resume_flag( test, outcome );
    if (test->mode != MODE_USER64 || outcome->vector != 13) return;
    memcpy( frame, outcome->memory + RING0_STACK - sizeof(frame), sizeof(frame) );
    if (frame[1] != machine_code( test ) + test->length && frame[1] != LANDING) return;
    outcome->end = END_DONE;
    outcome->rip = frame[1];
    outcome->rflags = frame[3] & ~(UINT64)FLAG_RF;
    outcome->gpr[RSP] = frame[4];
    memset( outcome->memory + RING0_STACK - sizeof(frame), 0, sizeof(frame) );
}
