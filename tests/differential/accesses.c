/*
 * Differential test: what instructions touch
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


#include <stdarg.h>
/*
 * The list of access.h against what KVM by itself touches. Where operands are in a device each access is an exit: their
 * bytes must be the list's, in its order. Memory shows itself when it is taken away: with every page gone that the list
 * does not name, and those read-only that it does not write, nothing changes; with one gone that it names the
 * instruction does not get by.
 */

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "forms.h"
#include "host/x86.h"
#include "insn/access.h"
#include "insn/decode.h"
#include "insn/insn.h"

#define PAGES (RAM_SIZE / 0x1000)
#define FIRST_PAGE (DATA / 0x1000)      /* the machine's own are before it */

enum { TOUCHED_READ = 1, TOUCHED_WRITTEN = 2, TOUCHED_PERHAPS = 4 };

/* What the list says will be seen. */
struct expected
{
    const struct test *test;
    UINT32 count;
    UINT8  pages[PAGES];
    BOOL   slow;                /* a locked operand on two pages */
    struct log_entry log[LOG_SIZE];
};

static struct expected expected;
static struct outcome guarded;

/* ---- from the list to bytes ---- */

static void expect_byte( struct expected *expected, char kind, UINT64 address )
{
    if (expected->count == LOG_SIZE) return;
    expected->log[expected->count].kind = kind;
    expected->log[expected->count++].address = address;
}

static UINT64 linear_of( const struct test *test, const struct insn_access *access, UINT32 byte )
{
    UINT64 linear = access->offset + byte;

    if (test->mode < MODE_LONG64) return (UINT32)(linear + test->base[access->segment]);
    return access->segment >= SEGMENT_FS ? linear + test->base[access->segment] : linear;
}

static void expect_memory( struct expected *expected, const struct insn_access_list *list,
                           const struct insn_access *access, BOOL write )
{
    UINT32 i;
    UINT64 gpa;

    for (i = 0; i < access->size; i++)
    {
        if (list->element && !(list->mask >> i / list->element & 1)) continue;
        /* what was executed has not faulted; but nobody has asked for the top of the stack */
        if (!machine_translate( expected->test->mode, linear_of( expected->test, access, i ), &gpa )) continue;
        if (gpa < RAM_SIZE)
        {
            BOOL perhaps = access->kind == INSN_ACCESS_PROBE || (list->flags & INSN_ACCESSES_LESS);

            expected->pages[gpa >> 12] |= perhaps ? TOUCHED_PERHAPS : write ? TOUCHED_WRITTEN : TOUCHED_READ;
        }
        if (access->kind == INSN_ACCESS_PROBE) continue;
        if (machine_is_mmio( gpa ) || (write && machine_is_rom( gpa ))) expect_byte( expected, write ? 'w' : 'r', gpa );
    }
}

/* One iteration: what is only read or only written in the list's order, and what is modified at the end. */
static void expect_list( struct expected *expected, const struct insn_access_list *list )
{
    const struct insn_access *access;
    UINT32 i, byte;

    for (i = 0; i < list->count; i++)
    {
        access = &list->access[i];
        if (access->kind == INSN_ACCESS_PORT)
        {
            for (byte = 0; byte < access->size; byte++)
                expect_byte( expected, access->access == INSN_READ ? 'i' : 'o', access->offset + byte );
        }
        else expect_memory( expected, list, access, access->access == INSN_WRITE );
    }
    for (i = 0; i < list->count; i++)
        if (list->access[i].access == (INSN_READ | INSN_WRITE)) expect_memory( expected, list, &list->access[i], 1 );
}

static enum insn_mode insn_mode_of( enum mode mode )
{
    return mode < MODE_PROT32 ? INSN_MODE_16 : mode < MODE_LONG64 ? INSN_MODE_32 : INSN_MODE_64;
}

/* How often a string instruction went round, by what it has left of the count. */
static UINT64 iterations_of( const struct test *test, const struct insn *insn, const struct outcome *referee )
{
    UINT64 mask = insn->address_size >= 8 ? ~0ull : (1ull << insn->address_size * 8) - 1;

    return insn->rep ? (test->gpr[RCX] - referee->gpr[RCX]) & mask : 1;
}

static void next_iteration( const struct test *test, const struct insn *insn, UINT64 gpr[16] )
{
    INT64 step = test->rflags & FLAG_DF ? -(INT64)insn->operand_size : insn->operand_size;
    UINT8 size = insn->address_size;

    insn_set_gpr( gpr, RCX, size, gpr[RCX] - 1 );
    insn_set_gpr( gpr, RSI, size, gpr[RSI] + step );
    insn_set_gpr( gpr, RDI, size, gpr[RDI] + step );
}

/* FALSE: it is not known how much. */
static BOOL expect( struct expected *expected, const struct test *test, const struct outcome *referee )
{
    static struct insn_access_list list;
    UINT8 mask[32];
    UINT64 gpr[16], rounds, i;
    struct insn_state state = { .gpr = gpr, .mask = mask };
    struct insn insn;

    expected->test = test;
    expected->count = 0;
    memset( expected->pages, 0, sizeof(expected->pages) );
    if (FAILED(insn_decode( test->bytes, test->length, insn_mode_of( test->mode ), &insn ))) return 0;
    expected->slow = test->crosses && (insn.lock || insn.op == INSN_XCHG);
    memcpy( gpr, test->gpr, sizeof(gpr) );
    state.next_rip = machine_rip( test, machine_code( test )) + test->length;
    state.stack_size = test->mode < MODE_PROT32 ? 2 : test->mode < MODE_LONG64 ? 4 : 8;
    if (insn.element)
    {
        UINT8 reg = insn.operands[insn_mask_operand( &insn )].reg & 15;

        memcpy( mask, test->xmm[reg], 16 );
        memcpy( mask + 16, test->upper[reg], 16 );
    }
    rounds = iterations_of( test, &insn, referee );
    if (rounds > 200) return 0;
    for (i = 0; i < rounds; i++)
    {
        insn_accesses( &insn, &state, &list );
        expect_list( expected, &list );
        next_iteration( test, &insn, gpr );
    }
    return expected->count < LOG_SIZE;
}

/* ---- what KVM does otherwise ---- */

static BOOL reads_ahead( const struct test *test )
{
    return test->form->flags & F_IN && test->form->flags & F_DEST;
}

static BOOL stores_selector( const struct form *form )
{
    return form->map == 1 && form->size == SIZE_D && form->opcode < 2;
}

BOOL access_is_compared( const struct form *form )
{
    return !stores_selector( form );
}

static BOOL begins_again( const struct test *test )
{
    return test->form->flags & F_WRITABLE && test->mode != MODE_USER64;
}

void print_access_exclusions( void )
{
    printf( "what instructions touch that fault or are stepped through: the exception's frame is on the stack too\n"
            "what SLDT, STR and SMSW touch: of the 2 bytes of the destination KVM reads 4 first\n"
            "the order of INS's port among its stores: KVM reads ahead\n"
            "that FXSAVE, FXRSTOR, SGDT and SIDT touch their own pages (that they touch no other is seen): without "
            "them KVM's emulator begins again for ever\n"
            "pages of locked operands across two of them: hosts slow these down, so that it takes seconds\n" );
}

/* ---- the verdict ---- */

/* From both logs of the device in the order in which the accesses came; or of ports first. */
static const struct log_entry *next_entry( const struct device *device, BOOL apart, UINT32 *memory, UINT32 *port )
{
    const struct log_entry *a = *memory < device->memory_count ? &device->memory[*memory] : NULL;
    const struct log_entry *b = *port < device->port_count ? &device->port[*port] : NULL;

    if (a && (!b || (!apart && a->order < b->order)))
    {
        (*memory)++;
        return a;
    }
    if (b) (*port)++;
    return b;
}

/* The list's likewise. */
static void put_ports_first( struct expected *expected )
{
    static struct log_entry sorted[LOG_SIZE];
    UINT32 i, count = 0;

    for (i = 0; i < expected->count; i++)
        if (expected->log[i].kind == 'i') sorted[count++] = expected->log[i];
    for (i = 0; i < expected->count; i++)
        if (expected->log[i].kind != 'i') sorted[count++] = expected->log[i];
    memcpy( expected->log, sorted, count * sizeof(sorted[0]) );
}

static BOOL compare_bytes( const struct test *test, const struct device *device, char *text, UINT32 size )
{
    UINT32 i, memory = 0, port = 0, count = device->memory_count + device->port_count;
    BOOL apart = reads_ahead( test );

    if (apart) put_ports_first( &expected );
    for (i = 0; i < count && i < expected.count; i++)
    {
        const struct log_entry *entry = next_entry( device, apart, &memory, &port ), *want = &expected.log[i];

        if (entry->kind == want->kind && entry->address == want->address) continue;
        snprintf( text, size, "byte %u: KVM %c %#llx, the list %c %#llx", i,
                  entry->kind, (unsigned long long)entry->address, want->kind, (unsigned long long)want->address );
        return 0;
    }
    if (count == expected.count) return 1;
    snprintf( text, size, "KVM %u bytes, the list %u", count, expected.count );
    return 0;
}

static BOOL gets_by( const struct test *test, const struct outcome *referee, const UINT8 rights[PAGES] )
{
    raw_run_guarded( test, rights, &guarded );
    return guarded.end == END_DONE && guarded.exits == referee->exits;
}

static BOOL compare_pages( const struct test *test, const struct outcome *referee, char *text, UINT32 size )
{
    UINT8 rights[PAGES];
    UINT32 page;

    memset( rights, PROT_READ | PROT_WRITE, sizeof(rights) );
    for (page = FIRST_PAGE; page < PAGES; page++)
    {
        if (machine_is_mmio( (UINT64)page << 12 )) continue;
        if (expected.pages[page] & (TOUCHED_WRITTEN | TOUCHED_PERHAPS)) continue;
        rights[page] = expected.pages[page] ? PROT_READ : PROT_NONE;
    }
    if (!gets_by( test, referee, rights ))
    {
        snprintf( text, size, "KVM touches a page that the list has not (%s)", guarded.text );
        return 0;
    }
    for (page = FIRST_PAGE; page < PAGES; page++)
    {
        UINT64 gpa = (UINT64)page << 12;
        BOOL write = expected.pages[page] & TOUCHED_WRITTEN && !machine_is_rom( gpa );

        if (begins_again( test )) break;
        if (machine_is_mmio( gpa ) || !(write || expected.pages[page] & TOUCHED_READ)) continue;
        memset( rights, PROT_READ | PROT_WRITE, sizeof(rights) );
        rights[page] = write ? PROT_READ : PROT_NONE;
        if (!gets_by( test, referee, rights )) continue;
        snprintf( text, size, "KVM does not %s page %#llx, which the list has", write ? "write" : "read",
                  (unsigned long long)gpa );
        return 0;
    }
    return 1;
}

enum verdict judge_accesses( const struct test *test, const struct outcome *referee, char *text, UINT32 size )
{
    if (referee->end != END_DONE || test->rflags & FLAG_TF || !access_is_compared( test->form )) return VERDICT_NONE;
    if (!expect( &expected, test, referee ))
    {
        snprintf( text, size, "too many, or not decoded" );
        return VERDICT_FAILED;
    }
    if (!compare_bytes( test, &referee->device, text, size )) return VERDICT_FAILED;
    if (expected.slow) return VERDICT_PASSED;
    return compare_pages( test, referee, text, size ) ? VERDICT_PASSED : VERDICT_FAILED;
}
