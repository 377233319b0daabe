/*
 * SynIC: messages, events, timers, and the exits that go with them
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

#include "enlightened.h"

/* The code of a client of messages: its page on, and the whole. */
#define ASM_MESSAGES \
    ASM_ENABLE_APIC, ASM_WRMSR( 0x40000083, MESSAGE_PAGE | 1 ), ASM_WRMSR( 0x40000090 + SINT, SINT_VECTOR ), \
    ASM_WRMSR( 0x40000080, 1 )
#define SLOT            (MESSAGE_PAGE + SINT * 256)
#define ASM_STORE( to, value )  0xc7, 0x05, IMM32( to ), IMM32( value )
#define ASM_EOM         ASM_WRMSR( 0x40000084, 0 )

#define UNKNOWN_CONNECTION  0x400       /* of ExtendedVmExits */

static void test_synic( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC,
        ASM_WRMSR( 0x40000083, MESSAGE_PAGE | 1 ),
        ASM_WRMSR( 0x40000082, EVENT_PAGE | 1 ),
        ASM_WRMSR( 0x40000090 + SINT, SINT_VECTOR ),
        ASM_WRMSR( 0x40000080, 1 ),
        ASM_OUT( 0x40, 1 ),
        ASM_IDLE
    };
    WHV_SYNIC_EVENT_PARAMETERS event = { .TargetSint = SINT, .FlagNumber = 77 };
    BYTE message[256], page[4096], copy[4096];
    struct smp smp;
    UINT32 written, i;
    BOOL newly;
    HRESULT hr;

    if (!create( &smp, code, sizeof(code) )) return;
    for (i = 0; i < sizeof(message); i++) message[i] = i + 1;
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT, message, sizeof(message) );
    ok( hr == ERROR_HV_INVALID_SYNIC_STATE, "not on: %#lx\n", hr );
    smp_start( &smp, 0 );
    if (!smp_wait( &smp, 0, 1, EVENT_OUT( 0x40, 1 ) )) goto done;
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT, message, sizeof(message) );
    ok( hr == S_OK, "message: %#lx\n", hr );
    if (!smp_wait( &smp, 0, 2, EVENT_HANDLER( SINT_VECTOR ) )) goto done;
    ok( !memcmp( smp.vm.ram + MESSAGE_PAGE + SINT * 256, message, sizeof(message) ), "another message\n" );
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT, message, sizeof(message) );
    ok( hr == ERROR_HV_OBJECT_IN_USE, "occupied: %#lx\n", hr );
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT + 1, message, sizeof(message) );
    ok( hr == ERROR_HV_INVALID_SYNIC_STATE, "masked: %#lx\n", hr );

    newly = 7;
    hr = WHvSignalVirtualProcessorSynicEvent( smp.vm.partition, event, &newly );
    ok( hr == S_OK && newly == TRUE, "event: %#lx, %d\n", hr, newly );
    if (!smp_wait( &smp, 0, 3, EVENT_HANDLER( SINT_VECTOR ) )) goto done;
    ok( smp.vm.ram[EVENT_PAGE + SINT * 256 + 77 / 8] == 1 << 77 % 8, "flag %#x\n",
        smp.vm.ram[EVENT_PAGE + SINT * 256 + 77 / 8] );
    hr = WHvSignalVirtualProcessorSynicEvent( smp.vm.partition, event, &newly );
    ok( hr == S_OK && newly == FALSE, "again: %#lx, %d\n", hr, newly );
    smp_quiet( &smp, 0, 3 );
    smp_stop_halted( &smp, 0 );

    hr = WHvGetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicMessagePage, page, 100,
                                      &written );
    ok( hr == WHV_E_INSUFFICIENT_BUFFER && written == 4096, "small: %#lx, %u\n", hr, written );
    hr = WHvGetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicMessagePage, page, 4096,
                                      &written );
    ok( hr == S_OK && written == 4096, "messages: %#lx, %u\n", hr, written );
    ok( page[SINT * 256] == 1 && page[SINT * 256 + 6] == 7, "message %u %u\n", page[SINT * 256], page[SINT * 256 + 6] );
    memset( copy, 0x5a, sizeof(copy) );
    hr = WHvSetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicEventFlagPage, copy, 4096 );
    ok( hr == S_OK, "set flags: %#lx\n", hr );
    hr = WHvGetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicEventFlagPage, page, 4096,
                                      &written );
    ok( hr == S_OK && !memcmp( page, copy, 4096 ), "flags: %#lx\n", hr );
    ok( smp_get( &smp, 0, WHvRegisterSimp ) == (MESSAGE_PAGE | 1), "SIMP %#llx\n",
        smp_get( &smp, 0, WHvRegisterSimp ) );
    ok( smp_get( &smp, 0, WHvRegisterSint0 + SINT ) == SINT_VECTOR, "SINT %#llx\n",
        smp_get( &smp, 0, WHvRegisterSint0 + SINT ) );
    ok( smp_get( &smp, 1, WHvRegisterSimp ) == 0, "SIMP of the other %#llx\n", smp_get( &smp, 1, WHvRegisterSimp ) );
    hr = WHvResetPartition( smp.vm.partition );
    ok( hr == S_OK, "reset: %#lx\n", hr );
    ok( smp_get( &smp, 0, WHvRegisterSimp ) == 0, "SIMP %#llx\n", smp_get( &smp, 0, WHvRegisterSimp ) );
    ok( smp_get( &smp, 0, WHvRegisterSint0 + SINT ) == 0x10000, "SINT %#llx\n",
        smp_get( &smp, 0, WHvRegisterSint0 + SINT ) );
    ok( smp_get( &smp, 0, WHvRegisterScontrol ) == 1, "SCONTROL %#llx\n", smp_get( &smp, 0, WHvRegisterScontrol ) );
done:
    smp_destroy( &smp );
}

static void test_timer( void )
{
    static const BYTE code[] =
    {
        ASM_ENABLE_APIC,
        ASM_WRMSR( 0x40000083, MESSAGE_PAGE | 1 ),
        ASM_WRMSR( 0x40000090 + SINT, TIMER_VECTOR ),
        ASM_WRMSR( 0x40000080, 1 ),
        ASM_WRMSR( 0x400000b0, SINT << 16 | 0xa ),      /* periodic, turned on by the count */
        ASM_WRMSR( 0x400000b1, 20000 ),                 /* 2 ms */
        ASM_IDLE
    };
    BYTE state[200], copy[200];
    UINT32 written;
    struct smp smp;
    HRESULT hr;

    if (!create( &smp, code, sizeof(code) )) return;
    if (!offered.Bank0.AccessSyntheticTimerRegs)
    {
        skip( "no synthetic timers\n" );
        smp_destroy( &smp );
        return;
    }
    smp_start( &smp, 0 );
    smp_wait( &smp, 0, 1, EVENT_HANDLER( TIMER_VECTOR ) );
    smp_stop( &smp, 0 );
    ok( *(UINT32 *)(smp.vm.ram + MESSAGE_PAGE + SINT * 256) == 0x80000010, "message %#x\n",
        *(UINT32 *)(smp.vm.ram + MESSAGE_PAGE + SINT * 256) );
    hr = WHvGetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, state,
                                      sizeof(state), &written );
    ok( hr == S_OK && written == 200, "timers: %#lx, %u\n", hr, written );
    ok( *(UINT64 *)(state + 8) == (SINT << 16 | 0xb), "config %#llx\n", *(UINT64 *)(state + 8) );
    ok( *(UINT64 *)(state + 16) == 20000, "count %llu\n", *(UINT64 *)(state + 16) );
    memset( copy, 0, sizeof(copy) );
    hr = WHvSetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, copy,
                                      sizeof(copy) );
    ok( hr == S_OK, "set: %#lx\n", hr );
    hr = WHvSetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, state,
                                      sizeof(state) );
    ok( hr == S_OK, "set back: %#lx\n", hr );
    hr = WHvGetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, copy,
                                      sizeof(copy), &written );
    ok( hr == S_OK && !memcmp( state, copy, sizeof(copy) ), "another state: %#lx\n", hr );
    hr = WHvSetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, state, 199 );
    ok( hr == E_INVALIDARG, "199 bytes: %#lx\n", hr );
    smp_destroy( &smp );
}

/* To the next exit of vp 0, which the tests below run themselves; behind an OUT first. */
static UINT32 run_on( struct smp *smp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    if (exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess)
        smp_set( smp, 0, WHvX64RegisterRip, exit->VpContext.Rip + exit->VpContext.InstructionLength );
    return vm_run( &smp->vm, exit ) ? exit->ExitReason : 0;
}

static BOOL run_to_out( struct smp *smp, WHV_RUN_VP_EXIT_CONTEXT *exit, UINT8 al )
{
    UINT32 reason = run_on( smp, exit );

    ok( reason == WHvRunVpExitReasonX64IoPortAccess && (exit->IoPortAccess.Rax & 0xff) == al, "exit %#x, al %#llx\n",
        reason, exit->IoPortAccess.Rax & 0xff );
    return reason == WHvRunVpExitReasonX64IoPortAccess;
}

static void arm( struct smp *smp, UINT64 sints )
{
    HRESULT hr = smp_set( smp, 0, WHvX64RegisterDeliverabilityNotifications, sints << 48 );

    ok( hr == S_OK, "notifications: %#lx\n", hr );
}

static void check_deliverable( struct smp *smp, WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    UINT32 reason = run_on( smp, exit );

    ok( reason == WHvRunVpExitReasonSynicSintDeliverable, "exit %#x\n", reason );
    if (reason != WHvRunVpExitReasonSynicSintDeliverable) return;
    ok( exit->SynicSintDeliverable.DeliverableSints == 1 << SINT, "sints %#x\n",
        exit->SynicSintDeliverable.DeliverableSints );
    ok( !smp_get( smp, 0, WHvX64RegisterDeliverabilityNotifications ), "still armed: %#llx\n",
        smp_get( smp, 0, WHvX64RegisterDeliverabilityNotifications ) );
}

/* A message waits for its slot: the client is told when the guest has emptied it. */
static void test_deliverable( void )
{
    static const BYTE code[] =
    {
        ASM_MESSAGES,
        ASM_OUT( 0x40, 1 ),
        ASM_STORE( SLOT, 0 ), ASM_EOM,
        ASM_OUT( 0x40, 2 ),
        ASM_STORE( SLOT, 0 ),
        ASM_OUT( 0x40, 3 ),
        ASM_STORE( SLOT, 1 ),
        ASM_STORE( SLOT, 0 ), ASM_EOM,
        ASM_OUT( 0x40, 4 ),
        ASM_DEAF
    };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    BYTE message[32] = { 1 };
    struct smp smp;
    HRESULT hr;

    if (!create( &smp, code, sizeof(code) )) return;
    memset( &exit, 0, sizeof(exit) );
    if (!run_to_out( &smp, &exit, 1 )) goto done;
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT, message, sizeof(message) );
    ok( hr == S_OK, "message: %#lx\n", hr );
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT, message, sizeof(message) );
    ok( hr == ERROR_HV_OBJECT_IN_USE, "occupied: %#lx\n", hr );
    ok( smp.vm.ram[SLOT + 5] & 1, "flags %#x\n", smp.vm.ram[SLOT + 5] );
    arm( &smp, 1 << SINT );
    ok( smp_get( &smp, 0, WHvX64RegisterDeliverabilityNotifications ) == 1ull << (48 + SINT), "not armed: %#llx\n",
        smp_get( &smp, 0, WHvX64RegisterDeliverabilityNotifications ) );
    check_deliverable( &smp, &exit );
    ok( !*(UINT32 *)(smp.vm.ram + SLOT), "the slot has a message of type %#x\n", *(UINT32 *)(smp.vm.ram + SLOT) );
    hr = WHvPostVirtualProcessorSynicMessage( smp.vm.partition, 0, SINT, message, sizeof(message) );
    ok( hr == S_OK, "message: %#lx\n", hr );
    if (!run_to_out( &smp, &exit, 2 )) goto done;

    /* the guest does not say that the slot is empty, and has no need to: nobody waits */
    if (!run_to_out( &smp, &exit, 3 )) goto done;
    /* whoever waits now needn't wait */
    arm( &smp, 1 << SINT );
    check_deliverable( &smp, &exit );
    /* nobody waits: no exit */
    if (!run_to_out( &smp, &exit, 4 )) goto done;

    /* of two */
    *(UINT32 *)(smp.vm.ram + SLOT) = 1;
    arm( &smp, 3 << SINT );
    if (run_on( &smp, &exit ) == WHvRunVpExitReasonSynicSintDeliverable)
        ok( exit.SynicSintDeliverable.DeliverableSints == 2 << SINT, "sints %#x\n",
            exit.SynicSintDeliverable.DeliverableSints );
    else ok( 0, "exit %#x\n", exit.ExitReason );
    ok( smp_get( &smp, 0, WHvX64RegisterDeliverabilityNotifications ) == 1ull << (48 + SINT), "armed: %#llx\n",
        smp_get( &smp, 0, WHvX64RegisterDeliverabilityNotifications ) );
done:
    smp_destroy( &smp );
}

/* An event is signalled to a connection that nobody has made: the client's to answer, if it wants to. */
static void test_unknown_connection( void )
{
    static const BYTE code[] =
    {
        ASM_WRMSR( 0x40000000, 0x1234 ),
        ASM_WRMSR( 0x40000001, HYPERCALL_PAGE | 1 ),
        ASM_HYPERCALL( 0x1005d, 77, 5, RESULTS ),               /* fast */
        ASM_HYPERCALL( 0x005d, INPUT_PAGE, 5, RESULTS + 8 ),    /* with its input in memory */
        ASM_OUT( 0x40, 1 ),
        ASM_DEAF
    };
    WHV_EXTENDED_VM_EXITS exits = { .AsUINT64 = 0 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct smp smp;
    UINT32 i;

    WHvGetCapability( WHvCapabilityCodeExtendedVmExits, &exits, sizeof(exits), NULL );
    if (!exits.UnknownSynicConnection || !offered.Bank0.SignalEvents)
    {
        skip( "no exits for unknown connections\n" );
        return;
    }
    if (!create_enlightened( &smp, UNKNOWN_CONNECTION, code, sizeof(code) )) return;
    *(UINT64 *)(smp.vm.ram + INPUT_PAGE) = 78;
    memset( &exit, 0, sizeof(exit) );
    for (i = 0; i < 2; i++)
    {
        winetest_push_context( i ? "memory" : "fast" );
        if (run_on( &smp, &exit ) == WHvRunVpExitReasonHypercall)
        {
            ok( exit.VpContext.Rip >= HYPERCALL_PAGE && exit.VpContext.Rip < HYPERCALL_PAGE + 0x1000, "rip %#llx\n",
                exit.VpContext.Rip );
            ok( exit.VpContext.InstructionLength == 3, "length %u\n", exit.VpContext.InstructionLength );
            ok( (UINT32)exit.Hypercall.Rax == (i ? 0x5d : 0x1005d), "rax %#llx\n", exit.Hypercall.Rax );
            ok( !(UINT32)exit.Hypercall.Rdx, "rdx %#llx\n", exit.Hypercall.Rdx );
            ok( !(UINT32)exit.Hypercall.Rbx, "rbx %#llx\n", exit.Hypercall.Rbx );
            ok( (UINT32)exit.Hypercall.Rcx == (i ? INPUT_PAGE : 77), "rcx %#llx\n", exit.Hypercall.Rcx );
            ok( !(UINT32)exit.Hypercall.Rdi, "rdi %#llx\n", exit.Hypercall.Rdi );
            ok( (UINT32)exit.Hypercall.Rsi == 5, "rsi %#llx\n", exit.Hypercall.Rsi );
            smp_set( &smp, 0, WHvX64RegisterRax, 0x4711 + i );
            smp_set( &smp, 0, WHvX64RegisterRip, exit.VpContext.Rip + 3 );
        }
        else ok( 0, "exit %#x\n", exit.ExitReason );
        winetest_pop_context();
    }
    if (run_to_out( &smp, &exit, 1 ))
        for (i = 0; i < 2; i++)
            ok( (UINT32)result( &smp, i ) == 0x4711 + i, "result %u: %#llx\n", i, result( &smp, i ) );
    smp_destroy( &smp );
}

/* A timer that has expired while its slot was occupied: what is saved and put back gives the message all the same. */
static void test_undelivered( void )
{
    static const BYTE code[] =
    {
        ASM_MESSAGES,
        ASM_STORE( SLOT, 1 ),
        ASM_WRMSR( 0x400000b0, SINT << 16 | 8 ),        /* turned on by the count, once */
        ASM_WRMSR( 0x400000b1, 1 ),                     /* long ago */
        ASM_OUT( 0x40, 1 ),
        ASM_OUT( 0x40, 2 ),
        ASM_DEAF
    };
    BYTE state[200], zero[200] = { 0 };
    WHV_RUN_VP_EXIT_CONTEXT exit;
    UINT32 written;
    struct smp smp;
    HRESULT hr;

    if (!create( &smp, code, sizeof(code) )) return;
    if (!offered.Bank0.AccessSyntheticTimerRegs)
    {
        skip( "no synthetic timers\n" );
        smp_destroy( &smp );
        return;
    }
    memset( &exit, 0, sizeof(exit) );
    if (!run_to_out( &smp, &exit, 1 )) goto done;
    ok( *(UINT32 *)(smp.vm.ram + SLOT) == 1, "message %#x\n", *(UINT32 *)(smp.vm.ram + SLOT) );
    hr = WHvGetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, state,
                                      sizeof(state), &written );
    ok( hr == S_OK, "timers: %#lx\n", hr );
    ok( *(UINT32 *)state == 1, "nothing waits: %#x\n", *(UINT32 *)state );
    ok( *(UINT64 *)(state + 32) == 1, "expired at %llu\n", *(UINT64 *)(state + 32) );
    hr = WHvSetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, zero,
                                      sizeof(zero) );
    ok( hr == S_OK, "set: %#lx\n", hr );
    *(UINT32 *)(smp.vm.ram + SLOT) = 0;
    hr = WHvSetVirtualProcessorState( smp.vm.partition, 0, WHvVirtualProcessorStateTypeSynicTimerState, state,
                                      sizeof(state) );
    ok( hr == S_OK, "set back: %#lx\n", hr );
    if (!run_to_out( &smp, &exit, 2 )) goto done;
    ok( *(UINT32 *)(smp.vm.ram + SLOT) == 0x80000010, "message %#x\n", *(UINT32 *)(smp.vm.ram + SLOT) );
    ok( *(UINT64 *)(smp.vm.ram + SLOT + 24) == 1, "expired at %llu\n", *(UINT64 *)(smp.vm.ram + SLOT + 24) );
done:
    smp_destroy( &smp );
}

START_TEST(synic)
{
    if (!vm_present()) return;
    get_offered();
    test_synic();
    test_timer();
    test_deliverable();
    test_unknown_connection();
    test_undelivered();
}
