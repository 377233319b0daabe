/*
 * Unit tests of straight.c: code that another processor changes meanwhile
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

#include <pthread.h>

#include "exit/straight.h"
#include "host/array.h"
#include "host/kvm.h"
#include "insn/insn.h"
#include "machine.h"
#include "straight_machine.h"
#include "two_ways.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define TAKEN  100000           /* so often at least, and left ... */
#define LEFT   10000

static const struct site
{
    const char  *name, *code;
    struct shown shown;
    BOOL         past;
}
sites[] =
{
    { "load", "\x8b\x03", { SHOW_READ, 2, 4, DEVICE, 0, .at = 0 }, 0 },
    { "store", "\x89\x03", { SHOW_WRITE, 2, 4, DEVICE, 0x44332211, .at = 0 }, 0 },
    { "in", "\xe5\x42", { SHOW_IN, 2, 4, 0x42, 0, .at = 0 }, 0 },
    { "out", "\xe7\x42", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 0 },
    { "out, behind", "\xe7\x42", { SHOW_OUT, 2, 4, 0x42, 0x44332211, .at = 0 }, 1 },
};

static struct
{
    UINT16 *code, values[2];
    BOOL    over;
} race;

static void *change( void *arg )
{
    UINT32 i;

    for (i = 0; !__atomic_load_n( &race.over, __ATOMIC_RELAXED ); i++)
        __atomic_store_n( race.code, race.values[i & 1], __ATOMIC_RELAXED );
    return arg;
}

/* Bytes, length, and what is pending are of one instruction. */
static void test_race( void **state )
{
    static struct way way;
    const struct site *site;
    pthread_t thread;
    UINT32 taken, left;

    (void)state;
    for (site = sites; site < sites + ARRAY_SIZE(sites); site++)
    {
        const UINT8 *bytes = site->shown.kind <= SHOW_IN ? way.exit.IoPortAccess.InstructionBytes
                                                         : way.exit.MemoryAccess.InstructionBytes;

        machine_out_past( site->past );
        straight_forget();
        machine_mode( INSN_MODE_64 );
        memset( machine.memory + CODE, 0x90, 0x100 );
        machine_code( CODE, site->code, 2 );
        straight_warm( site->name, &site->shown );
        straight_taken( site->name, &site->shown );

        race.code = (UINT16 *)(machine.memory + CODE);
        race.values[0] = *race.code;
        race.values[1] = 0xcc48;
        race.over = 0;
        assert_int_equal( pthread_create( &thread, NULL, change, NULL ), 0 );
        /* a copy of the vp, as KVM_RUN has left it */
        straight_show( &site->shown );
        way_begin( &way, machine.vp );
        for (taken = left = 0; taken < TAKEN || left < LEFT; )
        {
            way.run.s.regs.regs = *view_regs( machine.vp );
            view_take( &way.vp );
            pending_clear( &way.vp );
            if (!(site->shown.kind <= SHOW_IN ? straight_io( &way.vp, &way.exit )
                                              : straight_mmio( &way.vp, &way.exit ))) left++;
            else if (memcmp( bytes, site->code, 2 )) break;
            else taken++;
        }
        race.over = 1;
        pthread_join( thread, NULL );
        if (taken < TAKEN || left < LEFT)
            fail_msg( "%s: shown as %02x %02x, in round %u", site->name, bytes[0], bytes[1], taken + left );
        straight_back();
    }
    machine_out_past( 0 );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_race, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
