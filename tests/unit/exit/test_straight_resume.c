/*
 * Unit tests of straight.c: how the guest goes on
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

#include <errno.h>

#include "host/array.h"
#include "host/errors.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "straight_machine.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

#define RESULT 0xf1e2d3c4b5a69788ull    /* what the device answers */

/* What KVM's emulator does behind an instruction. */
static void complete_load( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    struct insn insn;
    UINT64 gpr[16], data = 0;

    memcpy( &data, vcpu->run->mmio.data, exit->size );
    assert_int_equal( insn_decode( exit->arg, 15, exit->msr_reason, &insn ), S_OK );
    regs_to_gpr( &vcpu->regs, gpr );
    insn_set_gpr( gpr, insn.operands[0].reg, insn.operands[0].size, data );
    regs_from_gpr( &vcpu->regs, gpr );
    vcpu->regs.rflags &= ~RFLAGS_RF;
}

static void set_rf( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rflags |= RFLAGS_RF;
}

static void clear_rf( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    vcpu->regs.rflags &= ~RFLAGS_RF;
}

static const struct row
{
    const char      *name, *code;
    UINT8            length, mode, past;
    struct fake_exit exit;
}
rows[] =
{
#define R( bytes, bits ) .code = bytes, .length = sizeof(bytes) - 1, .mode = INSN_MODE_##bits
#define LOAD( bytes, length ) { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = bytes, .reg = FAKE_NO_REG, \
        .completion = FAKE_COMPLETE_EMULATOR, .complete_skip = length, .on_complete = complete_load }
    { "out", R( "\xee", 64 ), .exit = FAKE_FAST_OUT( 0x60, 1, 0x11, 1 ) },
    { "out imm", R( "\xe7\x42", 64 ), .exit = FAKE_FAST_OUT( 0x42, 4, 0x44332211, 2 ) },
    { "out 16", R( "\x66\xef", 64 ), .exit = FAKE_FAST_OUT( 0x60, 2, 0x2211, 2 ) },
    { "in al", R( "\xec", 64 ), .exit = FAKE_FAST_IN( 0x60, 1, 1 ) },
    { "in ax", R( "\x66\xed", 64 ), .exit = FAKE_FAST_IN( 0x60, 2, 2 ) },
    { "in eax", R( "\xe5\x42", 64 ), .exit = FAKE_FAST_IN( 0x42, 4, 2 ) },
    { "in al, emulated", R( "\xec", 64 ), .past = 1, .exit = FAKE_EMULATED_IN( 0x60, 1, 1 ) },
    { "in eax, emulated", R( "\xed", 64 ), .past = 1, .exit = FAKE_EMULATED_IN( 0x60, 4, 1 ) },
    { "mov al", R( "\x8a\x03", 64 ), .exit = LOAD( 1, 2 ) },
    { "mov r9b", R( "\x44\x8a\x0b", 64 ), .exit = LOAD( 1, 3 ) },
    { "mov sil", R( "\x40\x8a\x33", 64 ), .exit = LOAD( 1, 3 ) },
    { "mov cx", R( "\x66\x8b\x0b", 64 ), .exit = LOAD( 2, 3 ) },
    { "mov ebx", R( "\x8b\x1b", 64 ), .exit = LOAD( 4, 2 ) },
    { "mov r15", R( "\x4c\x8b\x3b", 64 ), .exit = LOAD( 8, 3 ) },
    { "mov rsp", R( "\x48\x8b\x23", 64 ), .exit = LOAD( 8, 3 ) },
    { "mov moffs", R( "\xa1\0\0\x0d\0\0\0\0\0", 64 ), .exit = LOAD( 4, 9 ) },
    { "movzx 16", R( "\x66\x0f\xb6\x13", 64 ), .exit = LOAD( 1, 4 ) },
    { "movzx 32", R( "\x0f\xb6\x13", 64 ), .exit = LOAD( 1, 3 ) },
    { "movzx 64", R( "\x48\x0f\xb7\x13", 64 ), .exit = LOAD( 2, 4 ) },
    { "32: in ax", R( "\x66\xed", 32 ), .exit = FAKE_FAST_IN( 0x60, 2, 2 ) },
    { "32: mov dl", R( "\x8a\x13", 32 ), .exit = LOAD( 1, 2 ) },
    { "32: mov ebp", R( "\x8b\x2b", 32 ), .exit = LOAD( 4, 2 ) },
    { "16: in ax", R( "\xed", 16 ), .exit = FAKE_FAST_IN( 0x60, 2, 1 ) },
    { "16: mov si", R( "\x26\x8b\x37", 16 ), .exit = LOAD( 2, 3 ) },
    { "16: mov edi", R( "\x26\x66\x8b\x3f", 16 ), .exit = LOAD( 4, 4 ) },
    { "out, behind", R( "\xee", 64 ), .past = 1, .exit = FAKE_EMULATED_OUT( 0x60, 1, 0x11, 1 ) },
    { "store", R( "\x89\x03", 64 ), .exit = FAKE_MMIO_WRITE( DEVICE, 4, 0x44332211, 2 ) },
    { "store imm", R( "\xc6\x03\x42", 64 ), .exit = FAKE_MMIO_WRITE( DEVICE, 1, 0x42, 3 ) },
    { "16: store", R( "\x26\x89\x07", 16 ), .exit = FAKE_MMIO_WRITE( DEVICE, 2, 0x2211, 3 ) },
#undef R
};

/* The client's names of the general registers, by their numbers. */
static const UINT32 names[16] =
{
    WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp, WHvX64RegisterRbp,
    WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterR8, WHvX64RegisterR9, WHvX64RegisterR10, WHvX64RegisterR11,
    WHvX64RegisterR12, WHvX64RegisterR13, WHvX64RegisterR14, WHvX64RegisterR15,
};

enum { WITH_RF = 1, WITH_TF = 2 };

static void start( const struct row *row, UINT32 flags )
{
    struct fake_exit exit = row->exit;

    machine_out_past( row->past );
    machine_mode( row->mode );
    view_edit_sregs( machine.vp )->cs.base = 0;
    memset( machine.memory + CODE - 0x40, 0x90, 0x100 );
    machine_code( CODE, row->code, row->length );
    machine_set_gpr( RDX, 0x60 );
    if (flags & WITH_TF) machine_regs()->rflags |= RFLAGS_TF;
    exit.arg = machine.memory + CODE;
    exit.msr_reason = row->mode;
    if (exit.size == 4 && exit.reason == KVM_EXIT_IO && !exit.write) exit.reg = RAX;
    if (flags & WITH_RF)
    {
        exit.on_exit = set_rf;
        if (!exit.on_complete) exit.on_complete = clear_rf;
    }
    machine_queue( exit );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
    machine_run();
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_false( machine.exit.VpContext.Rflags & RFLAGS_RF );
}

static void end( void )
{
    machine_regs()->rflags = 2;
    machine_run_to( (struct fake_exit)FAKE_HLT );
}

/* Twice the same exit, so that the second is on the straight way. It is as the first. */
static void start_straight( const struct row *row, UINT32 flags )
{
    WHV_RUN_VP_EXIT_CONTEXT first;

    straight_forget();
    start( row, flags );
    first = machine.exit;
    if (straight_was_taken()) fail_msg( "%s: remembered what was forgotten", row->name );
    machine_finish( row->name );
    start( row, flags );
    if (!straight_was_taken()) fail_msg( "%s: not on the straight way", row->name );
    if (memcmp( &first, &machine.exit, sizeof(first) )) fail_msg( "%s: another exit", row->name );
}

/* The client emulates it, and sets RIP and what it loads. */
static void emulate( const struct row *row )
{
    UINT64 gpr[16], data = RESULT & insn_size_mask( row->exit.size );
    struct insn insn;

    assert_int_equal( insn_decode( machine.memory + CODE, 15, row->mode, &insn ), S_OK );
    machine_set( 0, WHvX64RegisterRip, CODE + row->length );
    if (row->exit.write) return;
    regs_to_gpr( view_regs( machine.vp ), gpr );
    insn_set_gpr( gpr, insn.operands[0].reg, insn.operands[0].size, data );
    machine_set( 0, names[insn.operands[0].reg], gpr[insn.operands[0].reg] );
}

/* One KVM_RUN, and into KVM goes nothing but the data, where it owes something: behind the instruction it is there. */
static void test_completed( void **state )
{
    const struct row *row;
    UINT32 calls, flags;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (flags = 0; flags < (row->exit.completion ? 2 : 1); flags++)
        {
            start_straight( row, flags );
            emulate( row );
            calls = machine_finish( row->name );
            if (calls != 1) fail_msg( "%s: %u calls of KVM", row->name, calls );
            if (machine.vcpu->loaded)
                fail_msg( "%s: loaded %#llx", row->name, (unsigned long long)machine.vcpu->loaded );
            assert_int_equal( machine.entered.rflags, 2 );
        }
}

/* Whatever else the client does, the guest goes on with just that. */
static void test_changed( void **state )
{
    const struct row *row;
    UINT32 kind, runs, flags;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (kind = 0; kind < 28; kind++)
            for (flags = 0; flags < (row->exit.completion ? 2 : 1); flags++)
            {
                struct kvm_sregs *sregs;

                start_straight( row, flags );
                if (kind) emulate( row );
                sregs = (struct kvm_sregs *)view_sregs( machine.vp );
                switch (kind)
                {
                case 0: break;                                  /* runs it again */
                case 1: machine_set( 0, WHvX64RegisterRip, CODE + row->length + 1 ); break;
                case 2: machine_set( 0, WHvX64RegisterRip, CODE ); break;
                case 3: machine_set( 0, WHvX64RegisterRip, (CODE + row->length) | 1ull << 32 ); break;
                case 4: machine_set( 0, WHvX64RegisterRflags, 2 | RFLAGS_ZF ); break;
                case 5: machine_set( 0, WHvX64RegisterRflags, 2 | RFLAGS_RF ); break;
                case 6: machine_set( 0, WHvX64RegisterRflags, 2 | RFLAGS_TF ); break;
                /* a register of another size than the instruction has: what stays, and what becomes 0 */
                case 7: machine_set( 0, WHvX64RegisterRax, machine_gpr( RAX ) ^ 1ull << 40 ); break;
                case 8: view_edit_sregs( machine.vp )->cs.base ^= 0x10; break;
                case 9: view_edit_events( machine.vp )->interrupt.shadow = 1; break;
                case 10: machine_regs()->r14 ^= 1; break;
                case 11: machine_set( 0, WHvX64RegisterRip, 0 ); break;
                default: machine_set( 0, names[kind - 12], machine_gpr( kind - 12 ) ^ 0x8000000000008000 ); break;
                }
                runs = fake_kvm_count( "kvm_run_vcpu" );
                machine_finish( row->name );
                if (fake_kvm_count( "kvm_run_vcpu" ) - runs != (row->exit.completion ? 2u : 1u) &&
                    /* data that has the bit that was flipped */
                    (kind < 12 || fake_kvm_count( "kvm_run_vcpu" ) - runs != 1))
                    fail_msg( "%s, %u: %u runs", row->name, kind, fake_kvm_count( "kvm_run_vcpu" ) - runs );
                assert_int_equal( machine.entered_events.interrupt.shadow, kind == 9 );
                if (kind == 8) sregs->cs.base ^= 0x10;
                view_edit_events( machine.vp )->interrupt.shadow = 0;
                end();
            }
}

/* A guest that steps itself: KVM would trap behind what it completes, but the client has done the instruction. */
static void test_stepped( void **state )
{
    const struct row *row;
    UINT32 runs;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        start_straight( row, WITH_TF );
        assert_true( machine.exit.VpContext.Rflags & RFLAGS_TF );
        emulate( row );
        runs = fake_kvm_count( "kvm_run_vcpu" );
        machine_finish( row->name );
        assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, row->exit.completion ? 2 : 1 );
        end();
    }
}

/* What is pending at a site stays as it is, whatever is decoded meanwhile: in its place, and there with other bytes. */
static void test_stays( void **state )
{
    static const UINT8 other[] = { 0xc7, 0x84, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x90, 0x90, 0x90 };
    static const UINT8 none[15] = { 0xf0, 0x0f, 0x0b };
    const struct row *row;
    struct insn before;
    UINT32 i;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        const struct pending *pending = &machine.vp->arch.pending;

        if (!row->exit.completion) continue;
        start_straight( row, 0 );
        assert_int_not_equal( pending->kind, PENDING_NONE );
        assert_ptr_not_equal( pending->insn, &pending->copy );
        before = *pending->insn;
        for (i = 0; i < 4; i++)
        {
            assert_int_equal( code_decode( machine.vp, CODE + 0x400 * i, other, sizeof(other) )->opcode, 0xc7 );
            assert_null( code_decode( machine.vp, CODE + 0x400 * i, none, sizeof(none) ));
            assert_memory_equal( pending->insn, &before, sizeof(before) );
        }
        for (i = 0; i < 0x1000; i++) code_decode( machine.vp, CODE - 0x800 + i, other, sizeof(other) );
        assert_memory_equal( pending->insn, &before, sizeof(before) );
        emulate( row );
        assert_int_equal( machine_finish( row->name ), 1 );
        /* and nothing stays behind it */
        assert_null( machine.vp->arch.code.stays );
        assert_int_equal( code_decode( machine.vp, CODE, other, sizeof(other) )->opcode, 0xc7 );
        assert_ptr_equal( code_decode( machine.vp, CODE, other, sizeof(other) ),
                          &code_place( machine.vp, CODE )->insn );
    }
}

/* A reset, of the partition or by a new life of the vp, in the middle of it: KVM finishes what it owes, and nothing is
 * remembered, pending least of all. */
static void test_reset( void **state )
{
    struct kvm_regs regs;
    const struct row *row;
    UINT32 how, rest;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (how = 0; how < 6; how++)
        {
            start_straight( row, 0 );
            if (how & 1) emulate( row );
            switch (how / 2)
            {
            case 0:
                assert_int_equal( partition_reset( machine.handle ), S_OK );
                break;
            case 2:
                /* twice, and code is decoded in between */
                assert_int_equal( partition_reset( machine.handle ), S_OK );
                code_decode( machine.vp, CODE, (const UINT8 *)"\x90", 1 );
                /* fall through */
            default:
                assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
                assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
                break;
            }
            assert_int_equal( machine.vp->arch.pending.kind, PENDING_NONE );
            assert_null( machine.vp->arch.code.stays );
            assert_int_equal( view_regs( machine.vp )->rip, 0xfff0 );
            regs = *view_regs( machine.vp );
            machine_finish( row->name );
            assert_memory_equal( &machine.entered, &regs, sizeof(regs) );
            assert_int_equal( machine.vcpu->sregs.cs.base, 0xf0000 );
            rest = fake_kvm_count( "kvm_run_vcpu" );
            start( row, 0 );
            assert_false( straight_was_taken() );
            emulate( row );
            assert_int_equal( machine_finish( row->name ), 1 );
            assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - rest, 2 );
        }
}

/* A flush that fails leaves what is pending at a site, and it is done at the next try. */
static void test_failing( void **state )
{
    static const UINT8 other[] = { 0xc7, 0x84, 0x8b, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0x90, 0x90, 0x90 };
    const struct row *row;
    struct kvm_regs want;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        if (!row->exit.completion) continue;
        start_straight( row, 0 );
        machine_set( 0, WHvX64RegisterRip, 0x4321 );
        want = *view_regs( machine.vp );
        fake_kvm_fail_at( 1, EIO );
        assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), hresult_from_errno( EIO ));
        assert_memory_equal( view_regs( machine.vp ), &want, sizeof(want) );
        code_decode( machine.vp, CODE, other, sizeof(other) );
        machine_finish( row->name );
    }
}

/* Registers that others ask for and set while something is pending: what KVM has is kept beside. */
static void test_registers( void **state )
{
    const struct row *row;
    UINT64 old[16];
    UINT32 i;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        start_straight( row, 0 );
        for (i = 0; i < 16; i++) old[i] = machine_get( 0, names[i] );
        for (i = 0; i < 16; i++) machine_set( 0, names[i], ~old[i] );
        for (i = 0; i < 16; i++) assert_int_equal( machine_get( 0, names[i] ), ~old[i] );
        for (i = 0; i < 16; i++) machine_set( 0, names[i], old[i] );
        emulate( row );
        assert_int_equal( machine_finish( row->name ), 1 );
        assert_int_equal( machine.vcpu->loaded, 0 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_completed, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_changed, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_stepped, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_stays, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reset, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failing, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_registers, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
