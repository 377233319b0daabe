/*
 * Differential test: verdicts
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
#include <stdio.h>
#include <string.h>

#include "differential.h"

static const char * const gpr_names[16] =
{
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
};

static BOOL differ( char *text, UINT32 size, const char *format, ... )
{
    va_list args;

    va_start( args, format );
    vsnprintf( text, size, format, args );
    va_end( args );
    return 0;
}

static BOOL compare_log( const struct log_entry *a, UINT32 a_count, const struct log_entry *b, UINT32 b_count,
                         const char *what, char *text, UINT32 size )
{
    UINT32 i;

    for (i = 0; i < a_count && i < b_count; i++)
        if (a[i].kind != b[i].kind || a[i].address != b[i].address || a[i].value != b[i].value)
            return differ( text, size, "%s access byte %u: KVM %c %#llx %02x, we %c %#llx %02x", what, i, a[i].kind,
                           (unsigned long long)a[i].address, a[i].value, b[i].kind, (unsigned long long)b[i].address,
                           b[i].value );
    if (a_count != b_count) return differ( text, size, "%s accesses: KVM %u bytes, we %u", what, a_count, b_count );
    return 1;
}

/* A compare-exchange that fails writes back what it has read: on read-only memory that is no access worth an exit, and
 * for KVM it is too late to undo it (exits.c). */
static BOOL is_silent_exchange( const struct test *test, const struct outcome *referee, const struct outcome *outcome )
{
    UINT32 i;

    if (strncmp( form_name( test->form ), "cmpxchg", 7 ) || outcome->device.memory_count || (referee->rflags & FLAG_ZF))
        return 0;
    for (i = 0; i < referee->device.memory_count; i++)
        if (referee->device.memory[i].kind != 'w' || !machine_is_rom( referee->device.memory[i].address ) ||
            referee->device.memory[i].value != referee->memory[referee->device.memory[i].address]) return 0;
    return 1;
}

/* Bytes 416 to 511 of an FXSAVE image: a processor leaves them alone, KVM's emulator clears some. */
static void hide_reserved( const struct test *test, const struct outcome *outcome )
{
    UINT64 gpa;
    UINT32 i;

    if (!test->reserved) return;
    for (i = 0; i < 96; i++)
        if (machine_translate( test->mode, test->reserved + i, &gpa ) && gpa < RAM_SIZE) outcome->memory[gpa] = 0;
}

BOOL compare( const struct test *test, const struct outcome *referee, const struct outcome *outcome, char *text,
              UINT32 size )
{
    UINT64 flags = FLAG_STATUS | FLAG_DF | FLAG_IF | FLAG_TF;
    UINT32 i;

    if (outcome->end == END_STRANGE) return differ( text, size, "%s", outcome->text );
    if (referee->end != outcome->end)
        return differ( text, size, "KVM ends with %u, vector %u, we with %u, vector %u", referee->end, referee->vector,
                       outcome->end, outcome->vector );
    if (referee->end == END_EXCEPTION && referee->vector != outcome->vector)
        return differ( text, size, "KVM raises exception %u, we %u", referee->vector, outcome->vector );
    if (!is_silent_exchange( test, referee, outcome ) &&
        !compare_log( referee->device.memory, referee->device.memory_count, outcome->device.memory,
                      outcome->device.memory_count, "memory", text, size )) return 0;
    if (!compare_log( referee->device.port, referee->device.port_count, outcome->device.port,
                      outcome->device.port_count, "port", text, size )) return 0;
    for (i = 0; i < 16; i++)
        if (referee->gpr[i] != outcome->gpr[i])
            return differ( text, size, "%s: KVM %#llx, we %#llx", gpr_names[i], (unsigned long long)referee->gpr[i],
                           (unsigned long long)outcome->gpr[i] );
    if (referee->rip != outcome->rip)
        return differ( text, size, "rip: KVM %#llx, we %#llx", (unsigned long long)referee->rip,
                       (unsigned long long)outcome->rip );
    if (referee->end == END_DONE) flags &= ~form_undefined_flags( test );
    if ((referee->rflags ^ outcome->rflags) & flags)
        return differ( text, size, "flags: KVM %#llx, we %#llx", (unsigned long long)referee->rflags,
                       (unsigned long long)outcome->rflags );
    if (referee->cr2 != outcome->cr2)
        return differ( text, size, "cr2: KVM %#llx, we %#llx", (unsigned long long)referee->cr2,
                       (unsigned long long)outcome->cr2 );
    for (i = 0; i < 6; i++)
        if (referee->segments[i].base != outcome->segments[i].base ||
            referee->segments[i].selector != outcome->segments[i].selector)
            return differ( text, size, "segment %u: KVM %04x %#llx, we %04x %#llx", i, referee->segments[i].selector,
                           (unsigned long long)referee->segments[i].base, outcome->segments[i].selector,
                           (unsigned long long)outcome->segments[i].base );
    if (form_uses_upper_halves( test->form ))
        for (i = 0; i < 16; i++)
            if (memcmp( referee->upper[i], outcome->upper[i], 16 ))
                return differ( text, size, "upper half of ymm%u: KVM %016llx%016llx, we %016llx%016llx", i,
                               (unsigned long long)referee->upper[i][1], (unsigned long long)referee->upper[i][0],
                               (unsigned long long)outcome->upper[i][1], (unsigned long long)outcome->upper[i][0] );
    if (form_uses_vectors( test->form ))
        for (i = 0; i < 16; i++)
            if (memcmp( referee->xmm[i], outcome->xmm[i], 16 ))
                return differ( text, size, "xmm%u: KVM %016llx%016llx, we %016llx%016llx", i,
                               (unsigned long long)referee->xmm[i][1], (unsigned long long)referee->xmm[i][0],
                               (unsigned long long)outcome->xmm[i][1], (unsigned long long)outcome->xmm[i][0] );
    /* control, status and tags; not where the last instruction was */
    if (form_uses_fpu( test->form ) && memcmp( referee->fpu, outcome->fpu, 5 ))
        return differ( text, size, "x87 control, status, tags: KVM %02x%02x %02x%02x %02x, we %02x%02x %02x%02x %02x",
                       referee->fpu[1], referee->fpu[0], referee->fpu[3], referee->fpu[2], referee->fpu[4],
                       outcome->fpu[1], outcome->fpu[0], outcome->fpu[3], outcome->fpu[2], outcome->fpu[4] );
    if (form_uses_fpu( test->form ))
        for (i = 0; i < 8; i++)
            if (memcmp( referee->fpu + 32 + i * 16, outcome->fpu + 32 + i * 16, 10 ))
                return differ( text, size, "st(%u)", i );
    hide_reserved( test, referee );
    hide_reserved( test, outcome );
    if (memcmp( referee->memory, outcome->memory, RAM_SIZE ))
    {
        for (i = 0; i < RAM_SIZE && referee->memory[i] == outcome->memory[i]; i++) ;
        return differ( text, size, "memory at %#x: KVM %02x, we %02x", i, referee->memory[i], outcome->memory[i] );
    }
    return 1;
}

void print_test( const struct test *test )
{
    static const char * const segment_names[6] = { "es", "cs", "ss", "ds", "fs", "gs" };
    UINT32 i;

    printf( "    %s, %s%s, code+%#x, bytes", form_name( test->form ), mode_names[test->mode],
            test->on_memory ? ", on memory" : "", test->code_offset );
    for (i = 0; i < test->length; i++) printf( " %02x", test->bytes[i] );
    printf( "\n    before" );
    for (i = 0; i < MAX_LENGTH; i++) printf( " %02x", test->before[i] );
    printf( "; %u runs again, touching %#x\n   ", test->reruns, test->touch );
    for (i = 0; i < 16; i++) if (test->gpr[i]) printf( " %s=%llx", gpr_names[i], (unsigned long long)test->gpr[i] );
    printf( " flags=%llx", (unsigned long long)test->rflags );
    for (i = 0; i < 6; i++)
        if (test->base[i]) printf( " %s=%llx", segment_names[i], (unsigned long long)test->base[i] );
    if (test->limit) printf( " limit of %s=%x", segment_names[test->limited], test->limit );
    if (test->planted) printf( " at %#llx", (unsigned long long)test->plant_gpa );
    for (i = 0; i < test->planted; i++) printf( " %02x", test->plant[i] );
    printf( "\n" );
}
