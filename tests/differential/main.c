/*
 * Differential test: the program
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
 * differential [-n CASES] [-s SEED] [-i INDEX] [-f FORM] [-m MODE] [-k FAILURES] [-v] [-x]
 *
 * Executes random instructions on a model device: by KVM alone (the referee), by a client that emulates at each exit,
 * and by one that runs again some times first. Where no operand is in a device, the referee is the processor or KVM on
 * memory, and the emulator is asked directly. All that can be seen afterwards must be equal, and what the referee has
 * touched must be what the list of insn/access.h says (accesses.c).
 * -n cases, -s of which series, -i one case of it; -f only forms whose names begin so, -m only this mode; -k ends after
 * so many failures; -v says what was executed, -x what is left out and why.
 * The last line is "N passed, N failed, N skipped"; a case that is left out is not counted but replaced by the next
 * one.
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "forms.h"
#include "host/kvm.h"
#include "host/thread.h"
#include "host/x86.h"

#define CPUID_ROOM 256
#define WATCHDOG_SECONDS 10

volatile BOOL watchdog_bites;

static struct outcome referee, outcome;
static volatile UINT64 cases_begun;
static int main_thread;
static struct test running;
static const char *stage = "";

static struct { UINT32 judged, refused, strange, excepted, listed; } (*counts)[MODE_COUNT];     /* of each form */
/* A mode in which nothing works at all is not tried for ever: the software KVM has no PAE paging. */
#define MODE_TRIALS 100
/* ... and a form is expected to have been seen through that many cases. */
#define ENOUGH 20
static struct { UINT32 judged, strange; } modes[MODE_COUNT];

/* An instruction at which the kernel itself spins is not to hang the test. */
static void *watchdog( void *unused )
{
    UINT64 seen = ~0ull;
    UINT32 i;

    (void)unused;
    for (;;)
    {
        sleep( WATCHDOG_SECONDS );
        if (seen == cases_begun)
        {
            printf( "%s takes longer than %u s:\n", stage, WATCHDOG_SECONDS );
            print_test( &running );
            fflush( stdout );
            watchdog_bites = 1;
            for (i = 0; i < WATCHDOG_SECONDS && seen == cases_begun; i++)
            {
                kvm_kick( main_thread );
                sleep( 1 );
            }
            /* not the referee then: the code under test goes in again and again */
            if (seen == cases_begun) _exit( 1 );
        }
        seen = cases_begun;
    }
    return NULL;
}

static enum verdict judge( const struct test *test, char *text, UINT32 size )
{
    UINT32 length;

    watchdog_bites = 0;
    running = *test;
    stage = "KVM by itself";
    raw_run( test, &referee );
    stage = "our side";
    if (referee.end == END_STRANGE)
    {
        snprintf( text, size, "referee: %s", referee.text );
        return VERDICT_NONE;
    }
    if (excluded_after( test, &referee ))
    {
        snprintf( text, size, "referee: refused" );
        return VERDICT_NONE;
    }
    if (test->remaps)
    {
        length = snprintf( text, size, "client that makes pages writable: " );
        whv_run( test, CLIENT_REMAP, &outcome );
        return compare( test, &referee, &outcome, text + length, size - length ) ? VERDICT_PASSED : VERDICT_FAILED;
    }
    if (test->on_memory)
    {
        length = snprintf( text, size, "emulator on memory: " );
        whv_emulate( test, &outcome );
        return compare( test, &referee, &outcome, text + length, size - length ) ? VERDICT_PASSED : VERDICT_FAILED;
    }
    length = snprintf( text, size, "emulating client: " );
    whv_run( test, CLIENT_PLAIN, &outcome );
    if (!compare( test, &referee, &outcome, text + length, size - length )) return VERDICT_FAILED;
    length = snprintf( text, size, "client that runs again: " );
    whv_run( test, CLIENT_RERUN, &outcome );
    if (!compare( test, &referee, &outcome, text + length, size - length )) return VERDICT_FAILED;
    if (!test->away) return VERDICT_PASSED;
    whv_run( test, CLIENT_AWAY, &outcome );
    if (outcome.end != END_STRANGE) return VERDICT_PASSED;
    snprintf( text, size, "client that goes away (%u): %s", test->away, outcome.text );
    return VERDICT_FAILED;
}

/* ---- making a failure small ---- */

static BOOL still_fails( const struct test *test )
{
    char text[400];

    cases_begun++;
    return judge( test, text, sizeof(text) ) == VERDICT_FAILED;
}

static BOOL attempt( struct test *test, struct test *smaller )
{
    if (!memcmp( test, smaller, sizeof(*test) ) || !still_fails( smaller )) return 0;
    *test = *smaller;
    return 1;
}

static BOOL is_prefix( UINT8 byte )
{
    return memchr( "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", byte, 11 ) != NULL;
}

static void shrink( struct test *test )
{
    struct test smaller;
    BOOL changed = 1;
    UINT32 i, round;

    for (round = 0; changed && round < 8; round++)
    {
        changed = 0;
        smaller = *test; memset( smaller.before, 0x90, sizeof(smaller.before) ); changed |= attempt( test, &smaller );
        smaller = *test; smaller.lead = 0; changed |= attempt( test, &smaller );
        smaller = *test; smaller.limit = 0; changed |= attempt( test, &smaller );
        smaller = *test; smaller.touch = 0; changed |= attempt( test, &smaller );
        smaller = *test; smaller.away = 0; changed |= attempt( test, &smaller );
        smaller = *test; smaller.reruns = 1; changed |= attempt( test, &smaller );
        smaller = *test; smaller.rflags = 0; changed |= attempt( test, &smaller );
        smaller = *test; smaller.rflags &= FLAG_DF; changed |= attempt( test, &smaller );
        smaller = *test; smaller.code_offset = 0x100; changed |= attempt( test, &smaller );
        smaller = *test; memset( smaller.xmm, 0, sizeof(smaller.xmm) ); changed |= attempt( test, &smaller );
        smaller = *test; memset( smaller.upper, 0, sizeof(smaller.upper) ); changed |= attempt( test, &smaller );
        for (i = 0; i + 1 < test->length && is_prefix( test->bytes[i] ) && test->bytes[i] != test->form->mandatory; i++)
        {
            smaller = *test;
            memmove( smaller.bytes + i, smaller.bytes + i + 1, smaller.length - i - 1 );
            smaller.bytes[--smaller.length] = 0;
            changed |= attempt( test, &smaller );
        }
        for (i = 0; i < 16; i++)
        {
            /* without a stack the first exception never ends */
            if (i == RSP) continue;
            smaller = *test; smaller.gpr[i] = 0; changed |= attempt( test, &smaller );
            smaller = *test; smaller.gpr[i] &= 0xffffffff; changed |= attempt( test, &smaller );
        }
        smaller = *test; if (smaller.gpr[RCX] > 1) smaller.gpr[RCX] = 1; changed |= attempt( test, &smaller );
        smaller = *test; if (smaller.gpr[RCX] > 2) smaller.gpr[RCX] = 2; changed |= attempt( test, &smaller );
    }
}

static void report( struct test *test, const char *text )
{
    char again[400];

    printf( "FAILED: seed %llu, index %llu: %s\n", (unsigned long long)test->seed, (unsigned long long)test->index,
            text );
    print_test( test );
    if (!still_fails( test ))
    {
        printf( "  and not once more: it depends on the cases before it\n" );
        return;
    }
    shrink( test );
    judge( test, again, sizeof(again) );
    printf( "  smaller: %s\n", again );
    print_test( test );
    fflush( stdout );
}

/* Forms that have been executed often enough, and none of whose lists could be compared. */
static UINT32 count_unlisted( void )
{
    UINT32 form, mode, done, listed, unlisted = 0;

    for (form = 0; form < form_count; form++)
    {
        for (mode = done = listed = 0; mode < MODE_COUNT; mode++)
        {
            done += counts[form][mode].judged - counts[form][mode].excepted;
            listed += counts[form][mode].listed;
        }
        if (listed || done < ENOUGH || !access_is_compared( &forms[form] )) continue;
        printf( "FAILED: what %s touches was never compared\n", forms[form].name );
        unlisted++;
    }
    return unlisted;
}

/* What the referee has just touched. */
static enum verdict compare_accesses( const struct test *test )
{
    enum verdict verdict;
    char text[200];

    verdict = judge_accesses( test, &referee, text, sizeof(text) );
    if (verdict == VERDICT_PASSED) counts[test->form - forms][test->mode].listed++;
    if (verdict != VERDICT_FAILED) return verdict;
    printf( "FAILED: seed %llu, index %llu: accesses: %s\n", (unsigned long long)test->seed,
            (unsigned long long)test->index, text );
    print_test( test );
    return verdict;
}

static void print_counts( void )
{
    UINT32 form, mode;

    for (form = 0; form < form_count; form++)
    {
        printf( "%-18s", forms[form].name );
        for (mode = 0; mode < MODE_COUNT; mode++)
        {
            printf( "  %s %u", mode_names[mode], counts[form][mode].judged );
            printf( "/%u", counts[form][mode].listed );
            if (counts[form][mode].excepted) printf( " (%u exceptions)", counts[form][mode].excepted );
            if (counts[form][mode].refused) printf( " -%u refused", counts[form][mode].refused );
            if (counts[form][mode].strange) printf( " -%u strange", counts[form][mode].strange );
        }
        printf( "\n" );
    }
}

int main( int argc, char **argv )
{
    static struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[CPUID_ROOM]; } cpuid;
    UINT64 seed = 1, index, first = 0, total = 20000, passed = 0, failed = 0, unjudged = 0, listed = 0, limit = 20;
    const char *form = "", *mode = "";
    BOOL verbose = 0;
    struct timespec begin, end;
    struct test test;
    pthread_t thread;
    UINT32 mode_index;
    char text[400];
    HRESULT hr;
    int c, ret;

    if (!(counts = calloc( form_count, sizeof(*counts) ))) return 1;
    while ((c = getopt( argc, argv, "n:s:i:f:m:k:vx" )) != -1)
    {
        switch (c)
        {
        case 'n': total = strtoull( optarg, NULL, 0 ); break;
        case 's': seed = strtoull( optarg, NULL, 0 ); break;
        case 'i': first = strtoull( optarg, NULL, 0 ); total = 1; break;
        case 'f': form = optarg; break;
        case 'm': mode = optarg; break;
        case 'k': limit = strtoull( optarg, NULL, 0 ); break;
        case 'v': verbose = 1; break;
        case 'x': print_exclusions(); print_access_exclusions(); return 0;
        default: return 2;
        }
    }

    if ((ret = kvm_open()) < 0)
    {
        printf( "/dev/kvm: %s\n0 passed, 0 failed, %llu skipped\n", strerror( -ret ), (unsigned long long)total );
        return 0;
    }
    kvm_close( ret );
    if (FAILED(hr = whv_open( &cpuid.head, CPUID_ROOM )))
    {
        printf( "partition: %#x\n0 passed, 1 failed, 0 skipped\n", (unsigned int)hr );
        return 1;
    }
    if ((ret = raw_open( &cpuid.head )) < 0)
    {
        printf( "KVM: %s\n0 passed, 1 failed, 0 skipped\n", strerror( -ret ));
        return 1;
    }
    main_thread = thread_id();
    kvm_kick_init();
    pthread_create( &thread, NULL, watchdog, NULL );
    printf( "seed %llu, %llu cases\n", (unsigned long long)seed, (unsigned long long)total );
    clock_gettime( CLOCK_MONOTONIC, &begin );

    for (index = first; passed + failed < total && failed < limit; index++)
    {
        generate( seed, index, &test );
        if (strncmp( test.form->name, form, strlen( form )) || strncmp( mode_names[test.mode], mode, strlen( mode )))
            continue;
        if (modes[test.mode].strange >= MODE_TRIALS && !modes[test.mode].judged)
        {
            if (*mode) break;
            continue;
        }
        cases_begun++;
        switch (judge( &test, text, sizeof(text) ))
        {
        case VERDICT_PASSED:
            passed++;
            modes[test.mode].judged++;
            counts[test.form - forms][test.mode].judged++;
            if (referee.end == END_EXCEPTION) counts[test.form - forms][test.mode].excepted++;
            switch (compare_accesses( &test ))
            {
            case VERDICT_PASSED: listed++; break;
            case VERDICT_FAILED: failed++; break;
            case VERDICT_NONE:   break;
            }
            break;
        case VERDICT_FAILED:
            failed++;
            report( &test, text );
            break;
        case VERDICT_NONE:
            unjudged++;
            if (referee.end == END_REFUSED) counts[test.form - forms][test.mode].refused++;
            else
            {
                modes[test.mode].strange++;
                counts[test.form - forms][test.mode].strange++;
                if (verbose) printf( "index %llu: %s\n", (unsigned long long)index, text ), print_test( &test );
            }
            if (unjudged > 1000 && unjudged > 4 * total) limit = 0;
            break;
        }
    }

    clock_gettime( CLOCK_MONOTONIC, &end );
    if (verbose) print_counts();
    for (mode_index = 0; mode_index < MODE_COUNT; mode_index++)
        if (modes[mode_index].strange >= MODE_TRIALS && !modes[mode_index].judged)
            printf( "%s: this KVM executes nothing in this mode\n", mode_names[mode_index] );
    printf( "%llu cases that the referee does not judge, %llu exits with RIP at a later prefix, %.1f s\n",
            (unsigned long long)unjudged, (unsigned long long)whv_ambiguous,
            end.tv_sec - begin.tv_sec + (end.tv_nsec - begin.tv_nsec) / 1e9 );
    failed += count_unlisted();
    printf( "%llu cases, and %llu lists of what they touch\n", (unsigned long long)passed,
            (unsigned long long)listed );
    printf( "%llu passed, %llu failed, 0 skipped\n", (unsigned long long)(passed + listed),
            (unsigned long long)failed );
    whv_close();
    raw_close();
    return failed || !passed;
}
