/*
 * VMCALL and VMMCALL
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

#include "ring3.h"

static const BYTE vmcall[] = { 0x0f, 0x01, 0xc1 }, vmmcall[] = { 0x0f, 0x01, 0xd9 };

/* Whoever has not asked for hypercalls has a guest that has none. own: it is the processor's own instruction. */
static void test_undefined( struct vm *vm, enum mode mode, const BYTE *code, BOOL own )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT64 rax;

    vm_load( vm, mode, code, 3, NULL );
    vm_make_handlers( vm, mode );
    if (!vm_run( vm, &exit )) return;
    rax = vm_get_reg( vm, WHvX64RegisterRax );
    ok( exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess, "exit %#x\n", exit.ExitReason );
    if (exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) return;
    if (own && exit.IoPortAccess.PortNumber == END_PORT && rax != vm->before[RAX])
    {
        skip( "this KVM has hypercalls of its own\n" );
        return;
    }
    /* KVM's emulator looks at the ring first, where another vendor's instruction needs ring 0 */
    ok( exit.IoPortAccess.PortNumber == HANDLER_PORT( UD ) ||
        (code == vmcall && !own && mode == MODE_USER && exit.IoPortAccess.PortNumber == HANDLER_PORT( GP )),
        "port %#x\n", exit.IoPortAccess.PortNumber );
    ok( !((rax ^ vm->before[RAX]) & modes[mode].mask), "rax %#llx, was %#llx\n", rax, vm->before[RAX] );
    ok( !memcmp( vm->ram + CODE_GPA, code, 3 ), "the instruction is another one\n" );
}

START_TEST(hypercalls)
{
    static const struct vm_config config = { .extended_exits = 0x20 };
    UINT64 exits = 0;
    enum mode mode;
    struct vm vm;

    if (!vm_present() || !vm_create( &vm, NULL )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s, VMCALL", modes[mode].name );
        test_undefined( &vm, mode, vmcall, !vm_is_on_amd() );
        winetest_pop_context();
        winetest_push_context( "%s, VMMCALL", modes[mode].name );
        test_undefined( &vm, mode, vmmcall, vm_is_on_amd() );
        winetest_pop_context();
    }
    vm_destroy( &vm );

    /* who has asked for them sees the processor's own */
    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    if (!(exits & config.extended_exits))
    {
        skip( "no exits of hypercalls\n" );
        return;
    }
    if (!vm_create( &vm, &config )) return;
    for (mode = 0; mode < MODE_COUNT; mode++)
    {
        winetest_push_context( "%s, the other vendor's, with exits", modes[mode].name );
        test_undefined( &vm, mode, vm_is_on_amd() ? vmcall : vmmcall, FALSE );
        winetest_pop_context();
    }
    vm_destroy( &vm );
}
