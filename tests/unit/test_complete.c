/*
 * What the client left, and what KVM is told
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
#include "host/trace.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vm/vp.h"

#define RESULT 0xf1e2d3c4b5a69788ull    /* what the device answers */

static struct kvm_regs entered;         /* the processor's registers at the last real entry */
static struct kvm_vcpu_events entered_events;
static UINT64 fed;                      /* what came back as the read data */

static void note_entry( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    entered = vcpu->regs;
    entered_events = vcpu->events;
}

static UINT64 mmio_data( const struct fake_vcpu *vcpu, UINT32 size )
{
    fed = 0;
    memcpy( &fed, vcpu->run->mmio.data, size );
    return fed;
}

/* What KVM's emulator does with the data, for those that are no plain register loads. */
static void complete_movzx( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = mmio_data( vcpu, exit->size );
}

static void complete_movsx( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = insn_sign_extend( mmio_data( vcpu, exit->size ), exit->size );
}

static void complete_movsx32( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = (UINT32)insn_sign_extend( mmio_data( vcpu, exit->size ), exit->size );
}

static void complete_movbe( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = __builtin_bswap32( mmio_data( vcpu, exit->size ));
}

static void complete_ah( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rax = (vcpu->regs.rax & ~0xff00ull) | (UINT64)(UINT8)mmio_data( vcpu, exit->size ) << 8;
}

static void complete_lods( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    int step = vcpu->regs.rflags & FLAG_DF ? -exit->size : exit->size;

    vcpu->regs.rsi += step;
}

#define READ_FIELDS( bytes, length ) .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = bytes, .reg = FAKE_NO_REG, \
    .completion = FAKE_COMPLETE_EMULATOR, .complete_skip = length

/* One instruction: what KVM shows, and what a client that emulates it sets. rsi moves only with LODS. */
static const struct row
{
    const char      *name, *code;
    UINT8            length;
    struct fake_exit exit;
    UINT64           rax, rdx;          /* as the client sets them; 0: left alone */
    INT32            rsi_step;
    UINT64           rflags;
    UINT32           past;              /* of the two kinds of KVM: 1 emulates */
}
rows[] =
{
#define CODE_OF( bytes ) .code = bytes, .length = sizeof(bytes) - 1
    { "out", CODE_OF( "\xee" ), FAKE_FAST_OUT( 0x60, 1, 0x11, 1 ) },
    { "out past", CODE_OF( "\xee" ), FAKE_EMULATED_OUT( 0x60, 1, 0x11, 1 ), .past = 1 },
    { "out imm", CODE_OF( "\xe7\x42" ), FAKE_FAST_OUT( 0x42, 4, 0x44332211, 2 ) },
    { "in al", CODE_OF( "\xec" ), FAKE_FAST_IN( 0x60, 1, 1 ), .rax = 0x8877665544332288 },
    { "in al past", CODE_OF( "\xec" ), FAKE_EMULATED_IN( 0x60, 1, 1 ), .rax = 0x8877665544332288, .past = 1 },
    { "in ax", CODE_OF( "\x66\xed" ), FAKE_EMULATED_IN( 0x60, 2, 2 ), .rax = 0x8877665544339788 },
    { "in eax", CODE_OF( "\xe5\x42" ), FAKE_EMULATED_IN( 0x42, 4, 2 ), .rax = 0xb5a69788 },
    { "mov al", CODE_OF( "\x8a\x03" ), FAKE_MMIO_READ( DEVICE, 1, RAX, 2 ), .rax = 0x8877665544332288 },
    { "mov ax", CODE_OF( "\x66\x8b\x03" ), FAKE_MMIO_READ( DEVICE, 2, RAX, 3 ), .rax = 0x8877665544339788 },
    { "mov eax", CODE_OF( "\x8b\x03" ), FAKE_MMIO_READ( DEVICE, 4, RAX, 2 ), .rax = 0xb5a69788 },
    { "mov rax", CODE_OF( "\x48\x8b\x03" ), FAKE_MMIO_READ( DEVICE, 8, RAX, 3 ), .rax = RESULT },
    { "mov ah", CODE_OF( "\x8a\x23" ), { READ_FIELDS( 1, 2 ), .on_complete = complete_ah }, .rax = 0x8877665544338811 },
    { "mov moffs", CODE_OF( "\xa1\0\0\x0d\0\0\0\0\0" ), FAKE_MMIO_READ( DEVICE, 4, RAX, 9 ), .rax = 0xb5a69788 },
    { "movzx", CODE_OF( "\x48\x0f\xb7\x03" ), { READ_FIELDS( 2, 4 ), .on_complete = complete_movzx }, .rax = 0x9788 },
    { "movzx 32", CODE_OF( "\x0f\xb6\x03" ), { READ_FIELDS( 1, 3 ), .on_complete = complete_movzx }, .rax = 0x88 },
    { "movsx", CODE_OF( "\x48\x0f\xbe\x03" ), { READ_FIELDS( 1, 4 ), .on_complete = complete_movsx }, .rax = -0x78ll },
    { "movsx 32", CODE_OF( "\x0f\xbf\x03" ), { READ_FIELDS( 2, 3 ), .on_complete = complete_movsx32 }, .rax = 0xffff9788 },
    { "movsxd", CODE_OF( "\x48\x63\x03" ), { READ_FIELDS( 4, 3 ), .on_complete = complete_movsx }, .rax = 0xffffffffb5a69788 },
    { "movbe", CODE_OF( "\x0f\x38\xf0\x03" ), { READ_FIELDS( 4, 4 ), .on_complete = complete_movbe }, .rax = 0x8897a6b5 },
    { "lodsb", CODE_OF( "\xac" ), { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = 1, .completion = FAKE_COMPLETE_EMULATOR,
      .complete_skip = 1, .reg = RAX, .on_complete = complete_lods }, .rax = 0x8877665544332288, .rsi_step = 1 },
    { "lodsd", CODE_OF( "\xad" ), { .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = 4, .completion = FAKE_COMPLETE_EMULATOR,
      .complete_skip = 1, .reg = RAX, .on_complete = complete_lods }, .rax = 0xb5a69788, .rsi_step = -4, .rflags = FLAG_DF },
    { "rdmsr", CODE_OF( "\x0f\x32" ), FAKE_RDMSR( 0x8b ), .rax = 0xb5a69788, .rdx = 0xf1e2d3c4 },
    { "wrmsr", CODE_OF( "\x0f\x30" ), FAKE_WRMSR( 0x1b, 0x1234567844332211 ) },
#undef CODE_OF
};

static void start( const struct row *row )
{
    struct fake_exit exit = row->exit;

    machine_out_past( row->past );
    machine_mode( INSN_MODE_64 );
    memset( machine.memory + CODE - 0x40, 0x90, 0x100 );
    machine_code( CODE, row->code, row->length );
    machine_set_gpr( RDX, 0x60 );
    if (row->rsi_step) machine_set_gpr( RSI, DEVICE );
    machine_regs()->rflags |= row->rflags;
    machine_queue( exit );
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = note_entry } );
    machine_run();
    assert_int_not_equal( machine.exit.ExitReason, WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine_regs()->rip, CODE );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    memset( &entered, 0xcc, sizeof(entered) );
}

/* The client emulates it. */
static void emulate( const struct row *row )
{
    struct kvm_regs *regs = machine_regs();

    if (row->rax) regs->rax = row->rax;
    if (row->rdx) regs->rdx = row->rdx;
    regs->rsi += row->rsi_step;
    regs->rip = CODE + row->length;
}

/* Runs into the HLT; the processor went in with the client's registers. Returns the calls of KVM that it took. */
static UINT32 finish( const char *name )
{
    struct kvm_regs want = *machine_regs();
    UINT32 calls = fake_kvm_count( NULL );

    if (machine_run() != WHvRunVpExitReasonX64Halt) fail_msg( "%s: no HLT", name );
    if (memcmp( &entered, &want, sizeof(want) ))
        fail_msg( "%s: rip %#llx instead of %#llx, rax %#llx instead of %#llx, or other registers", name,
                  (unsigned long long)entered.rip, (unsigned long long)want.rip,
                  (unsigned long long)entered.rax, (unsigned long long)want.rax );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
    return fake_kvm_count( NULL ) - calls;
}

static void test_predicted( void **state )
{
    const struct row *row;
    UINT32 calls;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        start( row );
        emulate( row );
        calls = finish( row->name );
        if (calls != 1) fail_msg( "%s: %u calls of KVM", row->name, calls );
        if (machine.vcpu->loaded) fail_msg( "%s: loaded %#llx", row->name, (unsigned long long)machine.vcpu->loaded );
    }
}

/* Everything else that a client may do: re-run, go elsewhere, change another register, inject an exception. */
static void test_flushed( void **state )
{
    static const WHV_REGISTER_NAME event = WHvRegisterPendingEvent, state_name = WHvRegisterInterruptState;
    const struct row *row;
    WHV_REGISTER_VALUE value;
    UINT32 runs, kind;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        for (kind = 0; kind < 8; kind++)
        {
            start( row );
            runs = fake_kvm_count( "kvm_run_vcpu" );
            switch (kind)
            {
            case 0:
                break;
            case 1:
                emulate( row );
                machine_regs()->rip = 0x7654;
                break;
            case 2:
                emulate( row );
                machine_regs()->r15++;
                break;
            case 3:
                emulate( row );
                machine_regs()->rflags ^= FLAG_ZF;
                break;
            case 4:
                memset( &value, 0, sizeof(value) );
                value.ExceptionEvent.EventPending = 1;
                value.ExceptionEvent.DeliverErrorCode = 1;
                value.ExceptionEvent.Vector = 14;
                value.ExceptionEvent.ErrorCode = 5;
                value.ExceptionEvent.ExceptionParameter = 0x1234;
                assert_int_equal( regs_set( machine.vp, &event, 1, &value ), S_OK );
                break;
            case 5:
                /* upper half kept, where the instruction would not have, and the other way round */
                emulate( row );
                machine_regs()->rax ^= 0x7700000000000000;
                break;
            case 6:
                /* KVM's completion would end the shadow */
                emulate( row );
                memset( &value, 0, sizeof(value) );
                value.InterruptState.InterruptShadow = 1;
                assert_int_equal( regs_set( machine.vp, &state_name, 1, &value ), S_OK );
                break;
            case 7:
                /* ... and would not find its place */
                emulate( row );
                machine.vp->run->s.regs.sregs.cs.base ^= 0x10000;
                machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
                break;
            }
            if (kind == 5 && (row->rax == RESULT || row->length == 0)) machine_regs()->rdx ^= 1;
            finish( row->name );
            /* PENDING_NONE has nothing to flush: the registers go in */
            assert_in_range( fake_kvm_count( "kvm_run_vcpu" ) - runs, 1, 2 );
            assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, row->exit.completion ? 2 : 1 );
            assert_int_equal( machine.vcpu->immediate, 0 );
            if (kind == 4)
            {
                assert_int_equal( entered_events.exception.injected, 1 );
                assert_int_equal( entered_events.exception.nr, 14 );
                assert_int_equal( entered_events.exception.error_code, 5 );
                assert_int_equal( machine.vcpu->sregs.cr2, 0x1234 );
                memset( &value, 0, sizeof(value) );
                assert_int_equal( regs_set( machine.vp, &event, 1, &value ), S_OK );
            }
            else assert_int_equal( entered_events.exception.injected, 0 );
            assert_int_equal( entered_events.interrupt.shadow != 0, kind == 6 );
            if (kind != 6) continue;
            memset( &value, 0, sizeof(value) );
            assert_int_equal( regs_set( machine.vp, &state_name, 1, &value ), S_OK );
        }
    }
}

/* Reads that are inconsistent with any data: a zero extension that is none, a RIP that is right all the same. */
static void test_impossible( void **state )
{
    const struct row *row;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        if (!row->rax || row->rax == RESULT || !strcmp( row->name, "rdmsr" )) continue;
        start( row );
        emulate( row );
        machine_regs()->rax ^= 0x100000000ull;
        assert_int_not_equal( finish( row->name ), 1 );
    }
}

/* ---- destinations in guest memory ---- */

static void complete_ins( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT32 bytes = exit->size * (exit->count ? exit->count : 1);

    memcpy( machine.memory + DATA, (UINT8 *)vcpu->run + vcpu->run->io.data_offset, bytes );
    vcpu->regs.rdi += bytes;
    if (exit->count) vcpu->regs.rcx -= exit->count;
    vcpu->regs.rip++;
}

static void complete_movs( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    memcpy( machine.memory + DATA, vcpu->run->mmio.data, exit->size );
    vcpu->regs.rdi += exit->size;
    vcpu->regs.rsi += exit->size;
}

/* On to the next item, as KVM does on and on with a REP prefix: the flush must have stopped that. */
static void complete_rep_movs( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    complete_movs( vcpu, exit );
    assert_int_equal( vcpu->regs.rcx, 1 );
    vcpu->regs.rcx = 0;
}

static void complete_push( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    vcpu->regs.rsp -= 8;
    memcpy( machine.memory + vcpu->regs.rsp, vcpu->run->mmio.data, exit->size );
}

static void complete_call( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT64 rip = vcpu->regs.rip;

    vcpu->regs.rsp -= 8;
    memcpy( machine.memory + vcpu->regs.rsp, &rip, 8 );
    memcpy( &vcpu->regs.rip, vcpu->run->mmio.data, exit->size );
}

/* The client has mapped memory at the device in the meantime, and KVM's write half finds it. */
static UINT8 mapped[0x1000] __attribute__((aligned(0x1000)));

static void complete_add( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    UINT32 value;

    memcpy( &value, vcpu->run->mmio.data, 4 );
    value += vcpu->regs.rax;
    if (fake_kvm_host( vcpu->vm, DEVICE )) memcpy( mapped, &value, 4 );
    (void)exit;
}

#define READ( bytes, length, func ) { READ_FIELDS( bytes, length ), .on_complete = func }

static const struct
{
    const char      *code;
    UINT8            length;
    struct fake_exit exit;
    UINT64           rsi, rdi, rcx;
}
stores[] =
{
    { "\x6c", 1, { .reason = KVM_EXIT_IO, .address = 0x60, .size = 1, .on_complete = complete_ins }, 0, DATA, 16 },
    { "\x66\x6d", 2, { .reason = KVM_EXIT_IO, .address = 0x60, .size = 2, .on_complete = complete_ins }, 0, DATA, 16 },
    { "\xf3\x6d", 2, { .reason = KVM_EXIT_IO, .address = 0x60, .size = 4, .count = 3, .on_complete = complete_ins }, 0, DATA, 3 },
    { "\xa4", 1, READ( 1, 1, complete_movs ), DEVICE, DATA, 16 },
    { "\x48\xa5", 2, READ( 8, 2, complete_movs ), DEVICE, DATA, 16 },
    { "\xf3\xa5", 2, READ( 4, 0, complete_rep_movs ), DEVICE, DATA, 16 },
    { "\xff\x33", 2, READ( 8, 2, complete_push ), DATA, DATA, 16 },
    { "\xff\x13", 2, READ( 8, 2, complete_call ), DATA, DATA, 16 },
};

static void test_destinations( void **state )
{
    static UINT8 before[RAM_SIZE];
    UINT32 i, j, again;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(stores); i++)
    {
        for (again = 0; again < 2; again++)
        {
            machine_mode( INSN_MODE_64 );
            machine_set_gpr( RDX, 0x60 );
            for (j = 0; j < 0x100; j++) machine.memory[DATA + j] = machine.memory[STACK - 0x80 + j] = j ^ 0x5a;
            machine_code( CODE, stores[i].code, stores[i].length );
            machine_set_gpr( RSI, stores[i].rsi );
            machine_set_gpr( RDI, stores[i].rdi );
            machine_set_gpr( RCX, stores[i].rcx );
            machine_queue( stores[i].exit );
            machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = note_entry } );
            machine_run();
            assert_int_equal( machine_regs()->rip, CODE );
            assert_int_equal( machine_gpr( RCX ), stores[i].rcx );
            /* in the middle others may look, and see nothing of it */
            memcpy( before, machine.memory, RAM_SIZE );
            if (again)
            {
                machine.memory[DATA] ^= 0xff;   /* the client's own emulation */
                before[DATA] ^= 0xff;
                machine_regs()->rip += stores[i].length;
            }
            finish( stores[i].code );
            assert_memory_equal( machine.memory, before, RAM_SIZE );
        }
    }
}

static void test_modify( void **state )
{
    struct fake_exit write = { .fragment = 1, .reason = KVM_EXIT_MMIO, .address = DEVICE, .size = 4, .write = 1, .value = 1 };
    UINT32 runs, again, old = 0x12345678, now;

    (void)state;
    for (again = 0; again < 2; again++)
    {
        machine_mode( INSN_MODE_64 );
        machine_code( CODE, "\x01\x03", 2 );
        machine_queue( (struct fake_exit)READ( 4, 2, complete_add ) );
        if (!again) machine_queue( write );
        machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = note_entry } );
        assert_int_equal( machine_run(), WHvRunVpExitReasonMemoryAccess );
        assert_int_equal( machine.exit.MemoryAccess.AccessInfo.AccessType, WHvMemoryAccessWrite );
        runs = fake_kvm_count( "kvm_run_vcpu" );
        if (again)
        {
            /* memory on demand: the re-run finds it as the client has filled it */
            memcpy( mapped, &old, sizeof(old) );
            assert_int_equal( machine_map( mapped, DEVICE, sizeof(mapped), 7 ), S_OK );
        }
        else machine_regs()->rip += 2;
        finish( "add" );
        assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, again ? 2 : 3 );
    }
    memcpy( &now, mapped, sizeof(now) );
    assert_int_equal( now, old );
}

/* A wide store: the fragments that follow are swallowed, also when the client has moved on. */
static void test_fragments( void **state )
{
    struct fake_exit write = FAKE_MMIO_WRITE( DEVICE, 8, 0, 3 );
    UINT32 runs, i;

    (void)state;
    machine_code( CODE, "\xc5\xfe\x7f\x03", 4 );
    write.skip = 4;
    write.completion = FAKE_COMPLETE_EMULATOR;
    write.reg = FAKE_NO_REG;
    machine_queue( write );
    for (i = 1; i < 4; i++)
    {
        write.address = DEVICE + 8 * i;
        write.skip = 0;
        write.fragment = 1;
        machine_queue( write );
    }
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = note_entry } );
    machine_run();
    assert_int_equal( machine_regs()->rip, CODE );
    machine_regs()->rip += 4;
    runs = fake_kvm_count( "kvm_run_vcpu" );
    finish( "vmovdqu" );
    assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, 5 );
}

/* ---- the end of a vp's life in the middle of an instruction ---- */

static void test_reset( void **state )
{
    struct kvm_regs regs;
    const struct row *row;
    UINT32 deleted;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (deleted = 0; deleted < 2; deleted++)
        {
            start( row );
            if (deleted)
            {
                assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
                assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
            }
            else assert_int_equal( partition_reset( machine.handle ), S_OK );
            assert_int_equal( machine_regs()->rip, 0xfff0 );
            regs = *machine_regs();
            finish( row->name );
            assert_memory_equal( &entered, &regs, sizeof(regs) );
            assert_int_equal( machine.vcpu->sregs.cs.base, 0xf0000 );
        }
}

/* A flush that fails leaves everything as it is, and is done at the next try. */
static void test_failing( void **state )
{
    static const int errors[] = { ENOMEM, EIO };
    const struct row *row;
    struct kvm_regs want;
    UINT32 i;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
        for (i = 0; i < ARRAY_SIZE(errors); i++)
        {
            if (!row->exit.completion) continue;
            start( row );
            machine_regs()->rip = 0x4321;
            want = *machine_regs();
            fake_kvm_fail_at( 1, errors[i] );
            assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), hresult_from_errno( errors[i] ));
            assert_memory_equal( machine_regs(), &want, sizeof(want) );
            finish( row->name );
        }
}

/* Between the exit and the next run everybody sees the client's view, and a look costs no KVM call. */
static void test_hot_path( void **state )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRip, WHvX64RegisterRflags, WHvX64RegisterCs, WHvX64RegisterCr0, WHvX64RegisterCr3,
        WHvX64RegisterCr8, WHvX64RegisterEfer, WHvRegisterPendingInterruption, WHvRegisterInterruptState,
    };
    WHV_REGISTER_VALUE values[ARRAY_SIZE(names)];
    UINT32 i, calls, runs, count = 0;
    const struct row *row;

    (void)state;
    for (row = rows; row < rows + ARRAY_SIZE(rows); row++)
    {
        calls = fake_kvm_count( NULL );
        runs = fake_kvm_count( "kvm_run_vcpu" );
        for (i = 0; i < 5; i++, count++)
        {
            start( row );
            assert_int_equal( regs_get( machine.vp, names, ARRAY_SIZE(names), values ), S_OK );
            assert_int_equal( values[1].Reg64, CODE );
            emulate( row );
            assert_int_equal( finish( row->name ), 1 );
        }
        /* the first entry ever settles the lazy sets and the CPUID table */
        if (row > rows) assert_int_equal( fake_kvm_count( NULL ) - calls, fake_kvm_count( "kvm_run_vcpu" ) - runs );
        assert_int_equal( fake_kvm_count( "kvm_run_vcpu" ) - runs, 10 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_predicted, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_flushed, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_impossible, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_destinations, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_modify, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_fragments, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_reset, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_failing, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_hot_path, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
