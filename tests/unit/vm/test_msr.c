/*
 * MSR exits
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
#include "host/host.h"
#include "host/hyperv_probe_x86.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "run/partition_life.h"
#include "run/vp_life.h"
#include "vm/msr_filter_x86.h"
#include "vm/partition.h"
#include "vm/property.h"
#include "vm/vp.h"

/* What KVM has been told; these stand in for the fake's functions, which forget it. */
static struct kvm_msr_filter filter;
static UINT8 bitmaps[KVM_MSR_FILTER_MAX_RANGES][0x600];
static UINT64 reasons;
static UINT32 filter_calls, cap_calls;
static int filter_error, cap_error;

int kvm_set_msr_filter( int vm, const struct kvm_msr_filter *new_filter )
{
    UINT32 i;

    (void)vm;
    filter_calls++;
    if (filter_error) return -filter_error;
    filter = *new_filter;
    for (i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)
    {
        if (!filter.ranges[i].nmsrs) continue;
        /* KVM's own limits */
        assert_true( filter.ranges[i].flags && !(filter.ranges[i].flags & ~3u) );
        assert_in_range( (filter.ranges[i].nmsrs + 7) / 8, 1, 0x600 );
        memcpy( bitmaps[i], filter.ranges[i].bitmap, (filter.ranges[i].nmsrs + 7) / 8 );
    }
    return 0;
}

int kvm_enable_cap( int fd, unsigned int cap, uint64_t arg0, uint64_t arg1 )
{
    (void)fd;
    (void)arg1;
    if (cap != KVM_CAP_X86_USER_SPACE_MSR) return 0;
    cap_calls++;
    if (cap_error) return -cap_error;
    reasons = arg0;
    return 0;
}

/* As the kernel looks it up (kvm_msr_allowed, arch/x86/kvm/x86.c). */
static BOOL denied( UINT32 index, BOOL write )
{
    UINT32 i, flag = write ? KVM_MSR_FILTER_WRITE : KVM_MSR_FILTER_READ;

    assert_int_equal( filter.flags, KVM_MSR_FILTER_DEFAULT_ALLOW );
    for (i = 0; i < KVM_MSR_FILTER_MAX_RANGES; i++)
    {
        const struct kvm_msr_filter_range *range = &filter.ranges[i];

        if (!(range->flags & flag) || index - range->base >= range->nmsrs) continue;
        return !(bitmaps[i][(index - range->base) / 8] >> (index - range->base) % 8 & 1);
    }
    return 0;
}

static struct properties props;
static struct host host;

static int setup( void **state )
{
    (void)state;
    memset( &props, 0, sizeof(props) );
    memset( &host, 0, sizeof(host) );
    host.user_msr_exits = host.msr_filter = 1;
    memset( &filter, 0xcc, sizeof(filter) );
    reasons = ~0ull;
    filter_calls = cap_calls = 0;
    filter_error = cap_error = 0;
    return 0;
}

#define REASONS_FAULT (KVM_MSR_EXIT_REASON_INVAL | KVM_MSR_EXIT_REASON_UNKNOWN)

static void test_bitmap( void **state )
{
    static const struct { UINT64 bits; UINT32 index; BOOL write; } rows[] =
    {
        { 0x02, 0x10, 1 }, { 0x04, 0x10, 0 }, { 0x08, 0x1b, 1 }, { 0x10, 0x1a0, 0 }, { 0x20, 0x8b, 0 },
    };
    UINT32 bits, i, write;

    (void)state;
    for (bits = 0; bits < 0x40; bits++)
    {
        props.extended_exits = 2;
        props.msr_exits = bits;
        assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
        assert_int_equal( reasons, (bits & 1 ? REASONS_FAULT : 0) | (bits ? KVM_MSR_EXIT_REASON_FILTER : 0) );
        for (i = 0; i < ARRAY_SIZE(rows); i++)
        {
            assert_int_equal( denied( rows[i].index, rows[i].write ), !!(bits & rows[i].bits) );
            for (write = 0; write < 2; write++)
            {
                assert_false( denied( rows[i].index + 3, write ));
                assert_false( denied( 0x20000000 + rows[i].index, write ));
            }
        }
        assert_false( denied( 0x1b, 0 ) || denied( 0x1a0, 1 ) || denied( 0x8b, 1 ));
    }
    /* the bits mean nothing without the exit */
    props.extended_exits = 5;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_int_equal( reasons, 0 );
    for (i = 0; i < ARRAY_SIZE(rows); i++) assert_false( denied( rows[i].index, rows[i].write ));
}

static WHV_MSR_ACTION_ENTRY actions[120];

static void set_action( UINT32 i, UINT32 index, UINT32 read, UINT32 write )
{
    memset( &actions[i], 0, sizeof(actions[i]) );
    actions[i].Index = index;
    actions[i].ReadAction = read;
    actions[i].WriteAction = write;
    props.msr_actions = actions;
    props.msr_action_count = i + 1;
}

static void test_actions( void **state )
{
    UINT32 i;

    (void)state;
    set_action( 0, 0xc0000080, WHvMsrActionExit, WHvMsrActionArchitectureDefault );
    set_action( 1, 0xc0000081, WHvMsrActionArchitectureDefault, WHvMsrActionIgnoreWriteReadZero );
    set_action( 2, 0xc0000082, WHvMsrActionArchitectureDefault, WHvMsrActionArchitectureDefault );
    set_action( 3, 0x10, WHvMsrActionExit, WHvMsrActionExit );
    set_action( 4, 0xffffffff, WHvMsrActionExit, WHvMsrActionExit );
    set_action( 5, 0, WHvMsrActionExit, WHvMsrActionExit );
    set_action( 6, 0x10, WHvMsrActionExit, WHvMsrActionExit );         /* twice */
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_int_equal( reasons, KVM_MSR_EXIT_REASON_FILTER );
    assert_true( denied( 0xc0000080, 0 ) && !denied( 0xc0000080, 1 ));
    assert_true( !denied( 0xc0000081, 0 ) && denied( 0xc0000081, 1 ) && !denied( 0xc0000082, 0 ));
    assert_false( denied( 0xc0000082, 1 ));
    assert_true( denied( 0x10, 0 ) && denied( 0x10, 1 ) && !denied( 0x13, 0 ) && !denied( 0xf, 1 ));
    assert_true( denied( 0xffffffff, 0 ) && !denied( 0xfffffffe, 0 ) && denied( 0, 1 ) && !denied( 2, 1 ));

    /* as many as there may be, in clusters */
    for (i = 0; i < 120; i++) set_action( i, (i % 2 ? 0xc0020000 : 0x200) + 7 * i, WHvMsrActionExit, WHvMsrActionExit );
    props.extended_exits = 2;
    props.msr_exits = 0x3f;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    for (i = 0; i < 120; i++)
    {
        assert_true( denied( actions[i].Index, 0 ) && denied( actions[i].Index, 1 ));
        assert_false( denied( actions[i].Index + 1, 0 ) || denied( actions[i].Index - 1, 1 ));
    }
    assert_true( denied( 0x10, 0 ));

    /* KVM has 16 ranges */
    props.extended_exits = 0;
    for (i = 0; i < 11; i++) set_action( i, (i + 1) << 16, WHvMsrActionExit, WHvMsrActionExit );
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_true( denied( 0x611, 0 ) && denied( 0x4b564d00, 1 ));
    /* the client's go before those that are to be hidden */
    for (; i < 16; i++) set_action( i, (i + 1) << 16, WHvMsrActionExit, WHvMsrActionExit );
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    for (i = 0; i < 16; i++) assert_true( denied( (i + 1) << 16, 0 ) && denied( (i + 1) << 16, 1 ));
    assert_false( denied( 0x611, 0 ) || denied( 0x4b564d00, 1 ));
    /* but not before the one that is denied for hypercalls: a guest would have KVM write by it */
    host.xen_hypercalls = 1;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -E2BIG );
    props.msr_action_count = 15;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_true( denied( MSR_XEN_PAGE, 1 ) && denied( 15 << 16, 0 ) && !denied( 0x611, 0 ));
    host.xen_hypercalls = 0;
    set_action( 16, 17 << 16, WHvMsrActionExit, WHvMsrActionArchitectureDefault );
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -E2BIG );
    /* reads and writes that differ take two */
    for (i = 0; i < 9; i++)
    {
        set_action( i, i << 16, WHvMsrActionExit, WHvMsrActionExit );
        actions[i].WriteAction = WHvMsrActionArchitectureDefault;
    }
    for (; i < 16; i++) set_action( i, ((i - 9) << 16) + 5, WHvMsrActionExit, WHvMsrActionExit );
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    for (i = 0; i < 9; i++) assert_true( denied( i << 16, 0 ) && !denied( i << 16, 1 ));
    set_action( 16, (7 << 16) + 5, WHvMsrActionExit, WHvMsrActionExit );
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -E2BIG );
}

static void test_host( void **state )
{
    (void)state;
    host.user_msr_exits = 0;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_int_equal( filter_calls + cap_calls, 0 );
    props.unimplemented_msr_action = WHvMsrActionExit;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -EOPNOTSUPP );
    host.user_msr_exits = 1;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_int_equal( reasons, REASONS_FAULT | KVM_MSR_EXIT_REASON_FILTER );
    host.msr_filter = 0;
    filter_calls = 0;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
    assert_int_equal( filter_calls, 0 );
    assert_int_equal( reasons, REASONS_FAULT );
    set_action( 0, 0x10, WHvMsrActionExit, WHvMsrActionExit );
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -EOPNOTSUPP );
    host.msr_filter = 1;
    filter_error = ENOMEM;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -ENOMEM );
    cap_error = EINVAL;
    assert_int_equal( msr_apply_exits( 1, &host, &props ), -EINVAL );
}

static void test_decide( void **state )
{
    static const UINT32 faults[] = { KVM_MSR_EXIT_REASON_INVAL, KVM_MSR_EXIT_REASON_UNKNOWN };
    UINT32 i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(faults); i++)
    {
        memset( &props, 0, sizeof(props) );
        /* asked for by a bit */
        assert_int_equal( msr_decide( &host, &props, 0x10, 0, KVM_MSR_EXIT_REASON_FILTER ), MSR_TO_CLIENT );
        assert_int_equal( msr_decide( &host, &props, 0x999, 0, faults[i] ), MSR_FAULT );
        props.msr_exits = 1;
        assert_int_equal( msr_decide( &host, &props, 0x999, 0, faults[i] ), MSR_FAULT );
        props.extended_exits = 2;
        assert_int_equal( msr_decide( &host, &props, 0x999, 1, faults[i] ), MSR_TO_CLIENT );
        props.msr_exits = 0;
        props.unimplemented_msr_action = WHvMsrActionIgnoreWriteReadZero;
        assert_int_equal( msr_decide( &host, &props, 0x999, 1, faults[i] ), MSR_IGNORE );
        props.unimplemented_msr_action = WHvMsrActionExit;
        assert_int_equal( msr_decide( &host, &props, 0x999, 0, faults[i] ), MSR_TO_CLIENT );
        /* the list goes before all else */
        set_action( 0, 0x999, WHvMsrActionIgnoreWriteReadZero, WHvMsrActionArchitectureDefault );
        assert_int_equal( msr_decide( &host, &props, 0x999, 0, faults[i] ), MSR_IGNORE );
        assert_int_equal( msr_decide( &host, &props, 0x999, 1, faults[i] ), MSR_FAULT );
        /* one that there is, denied for X64MsrExitBitmap's sake */
        assert_int_equal( msr_decide( &host, &props, 0x999, 1, KVM_MSR_EXIT_REASON_FILTER ), MSR_TO_CLIENT );
        assert_int_equal( msr_decide( &host, &props, 0x998, 1, faults[i] ), MSR_TO_CLIENT );
        set_action( 1, 0x10, WHvMsrActionExit, WHvMsrActionExit );
        assert_int_equal( msr_decide( &host, &props, 0x10, 1, KVM_MSR_EXIT_REASON_FILTER ), MSR_TO_CLIENT );
    }
}

/* What only KVM has is as unknown as anything. */
static void test_hidden( void **state )
{
    static const UINT32 everywhere[] =
    {
        0, 1, 0x11, 0x12, 0x17, 0x2a, 0x34, 0xc1, 0xce, 0x140, 0x198, 0x199, 0x1fc, 0x611, 0x641, 0x4b564d00,
        0x4b564d07,
    };
    static const UINT32 real[] = { 0x10, 0x1b, 0x3b, 0x8b, 0x1a0, 0x277, 0x2ff, 0xc0000080, 0xc0000103, 0xc0011029 };
    static const UINT32 not_amd[] = { 0x122 }, amd[] = { 0x1db, 0x1de };
    UINT32 i, write, vendor;

    (void)state;
    for (vendor = WHvProcessorVendorAmd; vendor <= WHvProcessorVendorHygon; vendor++)
    {
        host.vendor = vendor;
        props.apic_mode = vendor == WHvProcessorVendorIntel ? WHvX64LocalApicEmulationModeXApic
                                                            : WHvX64LocalApicEmulationModeNone;
        props.extended_exits = props.synthetic_features = 0;
        assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
        assert_int_equal( reasons, 0 );
        for (write = 0; write < 2; write++)
        {
            for (i = 0; i < ARRAY_SIZE(everywhere); i++) assert_true( denied( everywhere[i], write ));
            for (i = 0; i < ARRAY_SIZE(real); i++) assert_false( denied( real[i], write ));
            for (i = 0; i < ARRAY_SIZE(not_amd); i++)
                assert_int_equal( denied( not_amd[i], write ), vendor != WHvProcessorVendorIntel );
            for (i = 0; i < ARRAY_SIZE(amd); i++)
                assert_int_equal( denied( amd[i], write ), vendor == WHvProcessorVendorIntel );
            assert_int_equal( denied( MSR_TSC_DEADLINE, write ), vendor != WHvProcessorVendorIntel );
            assert_true( denied( MSR_GUEST_OS_ID, write ) && denied( 0x400001ff, write ));
            assert_false( denied( 0x40000200, write ));
            assert_int_equal( msr_decide( &host, &props, 0x611, write, KVM_MSR_EXIT_REASON_FILTER ), MSR_FAULT );
        }
        props.extended_exits = 2;
        props.msr_exits = 1;
        assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
        assert_int_equal( reasons, REASONS_FAULT | KVM_MSR_EXIT_REASON_FILTER );
        assert_int_equal( msr_decide( &host, &props, 0x611, 0, KVM_MSR_EXIT_REASON_FILTER ), MSR_TO_CLIENT );
        props.msr_exits = 2;
        assert_int_equal( msr_decide( &host, &props, 0x611, 0, KVM_MSR_EXIT_REASON_FILTER ), MSR_FAULT );
        assert_int_equal( msr_decide( &host, &props, 0x10, 1, KVM_MSR_EXIT_REASON_FILTER ), MSR_TO_CLIENT );
        /* Hyper-V's are KVM's to answer where the partition has them */
        props.synthetic_features = HYPERV_FEATURE_PRESENT | HYPERV_FEATURE_HV1;
        assert_int_equal( msr_apply_exits( 1, &host, &props ), 0 );
        assert_false( denied( MSR_GUEST_OS_ID, 0 ));
        assert_true( denied( 0x4b564d00, 0 ));
    }
    /* a list has the last word */
    set_action( 0, 0x611, WHvMsrActionIgnoreWriteReadZero, WHvMsrActionExit );
    assert_int_equal( msr_decide( &host, &props, 0x611, 0, KVM_MSR_EXIT_REASON_FILTER ), MSR_IGNORE );
    assert_int_equal( msr_decide( &host, &props, 0x611, 1, KVM_MSR_EXIT_REASON_FILTER ), MSR_TO_CLIENT );
}

/* ---- in a machine ---- */

static int machine_msr_setup( void **state )
{
    setup( state );
    return machine_setup( state );
}

static void queue_halt( void )
{
    machine_queue( (struct fake_exit){ .reason = KVM_EXIT_HLT, .skip = 1, .on_entry = machine_note_entry } );
}

static struct fake_exit with_reason( struct fake_exit exit, UINT32 reason )
{
    exit.msr_reason = reason;
    return exit;
}

static void set_actions( void )
{
    WHV_MSR_ACTION_ENTRY list[] =
    {
        { .Index = 0x10, .ReadAction = WHvMsrActionIgnoreWriteReadZero,
          .WriteAction = WHvMsrActionIgnoreWriteReadZero },
        { .Index = 0x1b, .ReadAction = WHvMsrActionExit, .WriteAction = WHvMsrActionExit },
    };

    machine.partition->props.msr_actions = malloc( sizeof(list) );
    memcpy( machine.partition->props.msr_actions, list, sizeof(list) );
    machine.partition->props.msr_action_count = ARRAY_SIZE(list);
}

static void test_exits( void **state )
{
    const WHV_X64_MSR_ACCESS_CONTEXT *access = &machine.exit.MsrAccess;

    (void)state;
    set_actions();
    machine_code( CODE, "\x0f\x32\x0f\x30\x0f\x32\x0f\x30\x0f\x32", 10 );
    machine_queue( (struct fake_exit)FAKE_RDMSR( 0x1b ) );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64MsrAccess );
    assert_int_equal( machine.exit.VpContext.Rip, CODE );
    assert_int_equal( machine.exit.VpContext.InstructionLength, 2 );
    assert_int_equal( access->MsrNumber, 0x1b );
    assert_int_equal( access->AccessInfo.IsWrite, 0 );
    machine_regs()->rax = 0x89abcdef;
    machine_regs()->rdx = 0x01234567;
    machine_regs()->rip += 2;
    machine_queue( (struct fake_exit)FAKE_WRMSR( 0x1b, 0x0123456789abcdef ) );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64MsrAccess );
    assert_int_equal( machine.vcpu->loaded, 0 );
    assert_int_equal( access->AccessInfo.IsWrite, 1 );
    assert_int_equal( access->Rax, 0x89abcdef );
    assert_int_equal( access->Rdx, 0x01234567 );
    machine_regs()->rip += 2;

    /* nobody hears of these: read as zero, not written, and a fault */
    machine_queue( (struct fake_exit)FAKE_RDMSR( 0x10 ) );
    machine_queue( (struct fake_exit)FAKE_WRMSR( 0x10, 5 ) );
    machine_queue( with_reason( (struct fake_exit)FAKE_RDMSR( 0x999 ), KVM_MSR_EXIT_REASON_UNKNOWN ));
    queue_halt();
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered.rip, CODE + 8 );
    assert_int_equal( machine.entered.rax, 0 );
    assert_int_equal( machine.entered.rdx, 0 );
    assert_int_equal( machine.entered_events.exception.injected, 1 );
    assert_int_equal( machine.entered_events.exception.nr, 13 );
    assert_int_equal( machine.entered_events.exception.has_error_code, 1 );
    assert_int_equal( machine.vcpu->loaded, 0 );
}

static void set_latch( struct fake_vcpu *vcpu, struct fake_exit *exit )
{
    machine.vp->thread.cancel = 1;
    (void)vcpu;
    (void)exit;
}

/* The latch finds the vp between such an access and the next entry: KVM still has to finish it, whatever becomes of the
 * vp. */
static void test_answered( void **state )
{
    static const UINT32 indices[] = { 0x10, 0x999 };
    struct fake_exit exit;
    UINT32 i, kind, runs;
    UINT64 rip;

    set_actions();
    for (i = 0; i < ARRAY_SIZE(indices); i++)
        for (kind = 0; kind < 4; kind++)
        {
            machine_mode( INSN_MODE_64 );
            machine.vp->run->s.regs.events.exception.injected = 0;
            machine.vp->arch.view.dirty |= KVM_SYNC_X86_EVENTS;
            machine_code( CODE, "\x0f\x32", 2 );
            exit = with_reason( (struct fake_exit)FAKE_RDMSR( indices[i] ),
                                i ? KVM_MSR_EXIT_REASON_UNKNOWN : KVM_MSR_EXIT_REASON_FILTER );
            exit.on_exit = set_latch;
            machine_queue( exit );
            assert_int_equal( machine_run(), WHvRunVpExitReasonCanceled );
            assert_int_equal( machine.exit.VpContext.Rip, CODE );
            switch (kind)
            {
            case 1: machine_regs()->rip = 0x4321; break;
            case 2: assert_int_equal( partition_reset( machine.handle ), S_OK ); break;
            case 3:
                assert_int_equal( vp_delete( machine.handle, 0 ), S_OK );
                assert_int_equal( vp_create( machine.handle, 0 ), S_OK );
                break;
            }
            rip = machine_regs()->rip;
            runs = machine.vcpu->runs;
            queue_halt();
            assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
            /* where the client has changed nothing the guest gets its answer */
            if (!kind) assert_int_equal( machine.vcpu->runs, runs + 1 );
            assert_int_equal( machine.entered.rip, kind ? rip : i ? CODE : CODE + 2 );
            assert_int_equal( machine.entered_events.exception.injected, kind ? 0 : i );
        }
    (void)state;
}

/* Bits that are set while vps exist. */
static void test_late( void **state )
{
    (void)state;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeX64MsrExitBitmap, 2 ), S_OK );
    assert_int_equal( reasons, 0 );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 2 ), S_OK );
    assert_int_equal( reasons, KVM_MSR_EXIT_REASON_FILTER );
    assert_true( denied( 0x10, 1 ));
    cap_calls = 0;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExtendedVmExits, 2 ), S_OK );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeExceptionExitBitmap, 2 ), S_OK );
    assert_int_equal( cap_calls, 0 );
    filter_error = ENOMEM;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeX64MsrExitBitmap, 5 ), E_OUTOFMEMORY );
    assert_int_equal( machine.partition->props.msr_exits, 2 );
    /* KVM may have half of it: what it then hands to us is what it would have done by itself */
    machine_code( CODE, "\x0f\x32", 2 );
    machine_queue( with_reason( (struct fake_exit)FAKE_RDMSR( 0x999 ), KVM_MSR_EXIT_REASON_INVAL ));
    queue_halt();
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_int_equal( machine.entered_events.exception.nr, 13 );
    filter_error = 0;
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeX64MsrExitBitmap, 5 ), S_OK );
    assert_int_equal( reasons, KVM_MSR_EXIT_REASON_FILTER | REASONS_FAULT );
    assert_int_equal( machine_set_property( WHvPartitionPropertyCodeX64MsrExitBitmap, 0x40 ), E_INVALIDARG );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup( test_bitmap, setup ),
        cmocka_unit_test_setup( test_actions, setup ),
        cmocka_unit_test_setup( test_host, setup ),
        cmocka_unit_test_setup( test_decide, setup ),
        cmocka_unit_test_setup( test_hidden, setup ),
        cmocka_unit_test_setup_teardown( test_exits, machine_msr_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_answered, machine_msr_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_late, machine_msr_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
