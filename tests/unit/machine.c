/*
 * A machine on the fake KVM
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

#include <fcntl.h>
#include <sys/mman.h>

#include "calls/calls.h"
#include "host/array.h"
#include "host/host.h"
#include "host/kvm.h"
#include "host/probe.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "unixlib.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "wine/debug.h"

#define RAM_FLAGS (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)

struct machine machine;
static struct host *host;

int machine_fake_setup( void **state )
{
    static const unsigned char quiet;

    (void)state;
    /* failures are made on purpose here; with a debugger they are worth reading */
    if (!getenv( "TRACE" )) whv_trace_flags = &quiet;
    fake_kvm_reset();
    return 0;
}

int machine_group_setup( void **state )
{
    HRESULT hr;

    machine_fake_setup( state );
    host = (struct host *)host_get( &hr );
    return host ? 0 : -1;
}

HRESULT machine_set_property( UINT32 code, UINT64 value )
{
    return partition_set_property( machine.handle, code, &value, sizeof(value) );
}

void machine_create( UINT32 processors )
{
    memset( &machine, 0, sizeof(machine) );
    assert_int_equal( partition_create( &machine.handle ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeProcessorCount, processors ), S_OK );
    assert_int_equal( partition_lock( machine.handle, &machine.partition ), S_OK );
    partition_unlock( machine.partition );
}

HRESULT machine_map( void *source, UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct gpa_map_params params = { machine.handle, source, gpa, size, flags, 0, 0 };

    return source ? gpa_map_call( &params ) : gpa_unmap_call( &params );
}

void machine_map_memory( void )
{
    machine.memory = mmap( NULL, RAM_SIZE + ROM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    assert_ptr_not_equal( machine.memory, MAP_FAILED );
    assert_int_equal( machine_map( machine.memory, 0, RAM_SIZE, RAM_FLAGS ), S_OK );
    assert_int_equal( machine_map( machine.memory + RAM_SIZE, ROM, ROM_SIZE, RAM_FLAGS & ~WHvMapGpaRangeFlagWrite ),
                      S_OK );
}

void machine_create_vp( void )
{
    assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
    machine.vp = machine.partition->vps[0];
    machine.vcpu = fake_kvm_vcpu( machine.vp->fd );
}

void machine_create_apic( UINT32 processors, UINT32 mode )
{
    machine_create( processors );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeLocalApicEmulationMode, mode ), S_OK );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    machine_create_vp();
    machine_mode( INSN_MODE_64 );
}

int machine_setup( void **state )
{
    (void)state;
    machine_out_past( 0 );
    machine_create( 2 );
    assert_int_equal( partition_setup( machine.handle ), S_OK );
    machine_map_memory();
    machine_create_vp();
    machine_mode( INSN_MODE_64 );
    return 0;
}

int machine_no_setup( void **state )
{
    (void)state;
    memset( &machine, 0, sizeof(machine) );
    return 0;
}

int machine_open_fds( void )
{
    int fd, count = 0;

    for (fd = 0; fd < 512; fd++) count += fcntl( fd, F_GETFD ) >= 0;
    return count;
}

int machine_teardown( void **state )
{
    HRESULT hr = machine.handle ? partition_delete( machine.handle ) : S_OK;

    (void)state;
    if (machine.memory) munmap( machine.memory, RAM_SIZE + ROM_SIZE );
    memset( &machine, 0, sizeof(machine) );
    /* what is left is the host's /dev/kvm */
    if (hr != S_OK || fake_kvm_open_fds() != 1 || fake_kvm_mapped_runs())
    {
        print_error( "left: %08x, %d fds, %d run pages\n", hr, fake_kvm_open_fds(), fake_kvm_mapped_runs() );
        return -1;
    }
    return 0;
}

void machine_out_past( BOOL past )
{
    host->out_rip_past = past;
    host->out_rip_varies = 0;
    fake_kvm_set_out_past( past );
}

void machine_out_varies( void )
{
    host->out_rip_varies = 1;
}

/* ---- registers ---- */

void machine_mode( enum insn_mode mode )
{
    struct kvm_sregs *sregs = &machine.vp->run->s.regs.sregs;
    struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };
    UINT64 gpr[16], mask = mode == INSN_MODE_64 ? ~0ull : mode == INSN_MODE_32 ? 0xffffffff : 0xffff;
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE(segments); i++)
    {
        memset( segments[i], 0, sizeof(*segments[i]) );
        segments[i]->limit = mode == INSN_MODE_16 ? 0xffff : 0xffffffff;
        segments[i]->selector = mode == INSN_MODE_16 ? 0 : 8 * (i + 1);
        segments[i]->type = i == 1 ? 11 : 3;
        segments[i]->present = segments[i]->s = 1;
        segments[i]->g = mode != INSN_MODE_16;
        segments[i]->db = mode == INSN_MODE_32;
    }
    sregs->cs.l = mode == INSN_MODE_64;
    sregs->cr0 = mode == INSN_MODE_16 ? 0x60000010 : 0x60000011;
    sregs->efer = mode == INSN_MODE_64 ? 0x500 : 0;
    if (mode == INSN_MODE_16)
    {
        sregs->es.base = DEVICE;
        sregs->es.selector = DEVICE >> 4;
        sregs->gs.base = ROM;
        sregs->gs.selector = ROM >> 4;
    }
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;

    for (i = 0; i < 16; i++) gpr[i] = (0x8877665544332211 + i * 0x0101010101010101) & mask;
    gpr[RCX] = 16;
    gpr[RBX] = mode == INSN_MODE_16 ? 0 : DEVICE;
    gpr[RSP] = STACK;
    gpr[RSI] = DATA;
    gpr[RDI] = mode == INSN_MODE_16 ? 0x100 : DEVICE + 0x100;
    regs_from_gpr( machine_regs(), gpr );
    machine_regs()->rip = CODE;
    machine_regs()->rflags = 2;
}

void machine_page( UINT64 gva, UINT64 gpa )
{
    struct kvm_sregs *sregs = &machine.vp->run->s.regs.sregs;
    UINT64 *tables = (UINT64 *)(machine.memory + TABLES);

    tables[0] = (TABLES + 0x1000) | 7;
    tables[0x200] = (TABLES + 0x2000) | 7;
    tables[0x400 + PAGED / 0x200000] = (TABLES + 0x3000) | 7;
    tables[0x600 + (gva - PAGED) / 0x1000] = gpa == ~0ull ? 0 : gpa | 7;
    sregs->cr3 = TABLES;
    sregs->cr4 = 0x20;
    sregs->cr0 |= 0x80000000;
    machine.vp->arch.view.dirty |= KVM_SYNC_X86_SREGS;
}

struct kvm_regs *machine_regs( void )
{
    return view_edit_regs( machine.vp );
}

UINT64 machine_gpr( UINT32 reg )
{
    return regs_get_gpr( view_regs( machine.vp ), reg );
}

void machine_set_gpr( UINT32 reg, UINT64 value )
{
    view_set_reg( machine.vp, regs_place( reg ), value );
}

void machine_code( UINT64 at, const void *bytes, UINT32 count )
{
    memcpy( machine.memory + (at >= ROM ? at - ROM + RAM_SIZE : at), bytes, count );
}

UINT64 machine_get( UINT32 index, UINT32 name )
{
    WHV_REGISTER_NAME names = name;
    WHV_REGISTER_VALUE value = { .Reg128 = { .Low64 = 0 } };

    assert_int_equal( regs_get( machine.partition->vps[index], &names, 1, &value ), S_OK );
    return value.Reg64;
}

void machine_set( UINT32 index, UINT32 name, UINT64 value )
{
    WHV_REGISTER_NAME names = name;
    WHV_REGISTER_VALUE values = { .Reg128 = { .Low64 = value } };

    assert_int_equal( regs_set( machine.partition->vps[index], &names, 1, &values ), S_OK );
}

UINT32 machine_lapic( UINT32 id, UINT32 offset )
{
    UINT32 value;

    memcpy( &value, fake_kvm_find_vcpu( id )->lapic.regs + offset, sizeof(value) );
    return value;
}

void machine_set_lapic( UINT32 id, UINT32 offset, UINT32 value )
{
    memcpy( fake_kvm_find_vcpu( id )->lapic.regs + offset, &value, sizeof(value) );
}

/* ---- running ---- */

void machine_queue( struct fake_exit exit )
{
    fake_kvm_queue( machine.vcpu, &exit );
}

UINT32 machine_run( void )
{
    memset( &machine.exit, 0xcc, sizeof(machine.exit) );
    assert_int_equal( vp_run( machine.handle, 0, &machine.exit, sizeof(machine.exit) ), S_OK );
    return machine.exit.ExitReason;
}

UINT32 machine_run_to( struct fake_exit exit )
{
    machine_queue( exit );
    return machine_run();
}

void machine_note_entry( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    (void)exit;
    machine.entered = vcpu->regs;
    machine.entered_events = vcpu->events;
}

UINT32 machine_finish( const char *name )
{
    struct kvm_regs want = *view_regs( machine.vp );
    UINT32 calls = fake_kvm_count( NULL );

    if (machine_run() != WHvRunVpExitReasonX64Halt) fail_msg( "%s: no HLT", name );
    if (memcmp( &machine.entered, &want, sizeof(want) ))
        fail_msg( "%s: rip %#llx instead of %#llx, rax %#llx instead of %#llx, or other registers", name,
                  (unsigned long long)machine.entered.rip, (unsigned long long)want.rip,
                  (unsigned long long)machine.entered.rax, (unsigned long long)want.rax );
    assert_int_equal( fake_kvm_left( machine.vcpu ), 0 );
    return fake_kvm_count( NULL ) - calls;
}

void machine_check_exit( UINT32 reason, UINT64 rip, UINT8 length )
{
    const WHV_VP_EXIT_CONTEXT *context = &machine.exit.VpContext;
    const struct kvm_sregs *sregs = &machine.vp->run->s.regs.sregs;

    if (machine.exit.ExitReason != reason) fail_msg( "exit %#x instead of %#x", machine.exit.ExitReason, reason );
    assert_int_equal( context->Rip, rip );
    assert_int_equal( view_regs( machine.vp )->rip, rip );
    assert_int_equal( context->Rflags, view_regs( machine.vp )->rflags );
    assert_int_equal( context->InstructionLength, length );
    assert_int_equal( context->Cr8, sregs->cr8 );
    assert_int_equal( context->Cs.Base, sregs->cs.base );
    assert_int_equal( context->Cs.Selector, sregs->cs.selector );
    assert_int_equal( context->Cs.Long, sregs->cs.l );
    assert_int_equal( context->ExecutionState.Cr0Pe, sregs->cr0 & 1 );
    assert_int_equal( context->ExecutionState.EferLma, sregs->efer >> 10 & 1 );
    assert_int_equal( context->ExecutionState.Cpl, vp_cpl( machine.vp ));
}
