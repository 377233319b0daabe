/*
 * Virtual processors on threads of their own, for the tests of interrupts
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

#include "smp.h"

static DWORD CALLBACK smp_thread( void *arg );

struct thread_args
{
    struct smp *smp;
    UINT32      vp;
};

static void fill_handlers( struct smp *smp )
{
    static const BYTE eoi[] = { ASM_WRITE_APIC( 0xb0, 0 ) };
    UINT32 i, address;
    BYTE *code;

    for (i = 0; i < 256; i++)
    {
        address = SMP_HANDLERS + i * 32;
        code = smp->vm.ram + address;
        *code++ = 0x50;                     /* push eax */
        *code++ = 0xb0;                     /* mov al,vector */
        *code++ = i;
        *code++ = 0xe6;                     /* out port,al */
        *code++ = SMP_HANDLER_PORT;
        if (i >= 32)
        {
            memcpy( code, eoi, sizeof(eoi) );
            code += sizeof(eoi);
        }
        *code++ = 0x58;                     /* pop eax */
        *code++ = 0xcf;                     /* iret */
        *(UINT32 *)(smp->vm.ram + IDT_GPA + i * 8) = 0x00080000 | (address & 0xffff);
        *(UINT32 *)(smp->vm.ram + IDT_GPA + i * 8 + 4) = (address & 0xffff0000) | 0x8e00;
    }
}

BOOL smp_create( struct smp *smp, UINT32 vps, UINT32 apic_mode )
{
    struct vm_config config = { .vps = vps, .apic_mode = apic_mode };

    return smp_create_config( smp, &config );
}

BOOL smp_create_config( struct smp *smp, const struct vm_config *config )
{
    WHV_CAPABILITY_FEATURES features = { .AsUINT64 = 0 };
    HRESULT hr;
    UINT32 i;

    memset( smp, 0, sizeof(*smp) );
    WHvGetCapability( WHvCapabilityCodeFeatures, &features, sizeof(features), NULL );
    if (!features.LocalApicEmulation)
    {
        skip( "no local APICs\n" );
        return FALSE;
    }
    if (!vm_create( &smp->vm, config )) return FALSE;
    smp->count = config->vps;
    for (i = 1; i < config->vps && i < SMP_MAX_VPS; i++)
    {
        hr = WHvCreateVirtualProcessor( smp->vm.partition, i, 0 );
        ok( hr == S_OK, "vp %u: %#lx\n", i, hr );
    }
    fill_handlers( smp );
    return TRUE;
}

void smp_destroy( struct smp *smp )
{
    UINT32 i;

    for (i = 0; i < SMP_MAX_VPS; i++) smp_stop( smp, i );
    vm_destroy( &smp->vm );
}

void smp_load( struct smp *smp, UINT32 vp, const BYTE *code, UINT32 size )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterCs, WHvX64RegisterDs, WHvX64RegisterEs, WHvX64RegisterSs, WHvX64RegisterFs, WHvX64RegisterGs,
        WHvX64RegisterLdtr, WHvX64RegisterTr, WHvX64RegisterGdtr, WHvX64RegisterIdtr, WHvX64RegisterCr0,
        WHvX64RegisterRip, WHvX64RegisterRsp, WHvX64RegisterRflags, WHvRegisterInternalActivityState,
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    HRESULT hr;
    UINT32 i;

    memcpy( smp->vm.ram + SMP_CODE( vp ), code, size );
    memset( values, 0, sizeof(values) );
    for (i = 0; i < 6; i++)
    {
        values[i].Segment.Limit = 0xffffffff;
        values[i].Segment.Selector = i ? 0x10 : 0x08;
        values[i].Segment.Attributes = i ? 0xc093 : 0xc09b;
    }
    values[6].Segment.Limit = 0xffff;
    values[6].Segment.Attributes = 0x82;
    values[7].Segment.Base = TSS_GPA;
    values[7].Segment.Limit = TSS_LIMIT;
    values[7].Segment.Selector = 0x30;
    values[7].Segment.Attributes = 0x8b;
    values[8].Table.Base = GDT_GPA;
    values[8].Table.Limit = 0xff;
    values[9].Table.Base = IDT_GPA;
    values[9].Table.Limit = 0x7ff;
    values[10].Reg64 = 0x11;
    values[11].Reg64 = SMP_CODE( vp );
    values[12].Reg64 = SMP_STACK( vp + 1 );
    values[13].Reg64 = 2;
    hr = WHvSetVirtualProcessorRegisters( smp->vm.partition, vp, names, ARRAY_COUNT(names), values );
    ok( hr == S_OK, "vp %u: %#lx\n", vp, hr );
    smp->vps[vp].count = 0;
}

static void add_event( struct smp_vp *vp, UINT32 event )
{
    if (vp->count == SMP_MAX_EVENTS) return;
    vp->events[vp->count] = event;
    vp->cr8[vp->count] = vp->last.VpContext.Cr8;
    InterlockedIncrement( &vp->count );
}

static DWORD CALLBACK smp_thread( void *arg )
{
    struct thread_args args = *(struct thread_args *)arg;
    struct smp_vp *vp = &args.smp->vps[args.vp];
    WHV_RUN_VP_EXIT_CONTEXT *exit = &vp->last;
    HRESULT hr;

    HeapFree( GetProcessHeap(), 0, arg );
    for (;;)
    {
        memset( exit, 0xcc, sizeof(*exit) );
        hr = WHvRunVirtualProcessor( args.smp->vm.partition, args.vp, exit, sizeof(*exit) );
        if (FAILED(hr))
        {
            add_event( vp, EVENT_OTHER( 0 ) );
            return hr;
        }
        switch (exit->ExitReason)
        {
        case WHvRunVpExitReasonX64IoPortAccess:
            smp_set( args.smp, args.vp, WHvX64RegisterRip, exit->VpContext.Rip + exit->VpContext.InstructionLength );
            add_event( vp, EVENT_OUT( exit->IoPortAccess.PortNumber, exit->IoPortAccess.Rax & 0xff ) );
            break;
        case WHvRunVpExitReasonX64ApicEoi:
            add_event( vp, EVENT_EOI( exit->ApicEoi.InterruptVector ) );
            break;
        case WHvRunVpExitReasonX64InterruptWindow:
            add_event( vp, EVENT_WINDOW( exit->InterruptWindow.DeliverableType ) );
            break;
        case WHvRunVpExitReasonCanceled:
            return 0;
        default:
            add_event( vp, EVENT_OTHER( exit->ExitReason ) );
            return 0;
        }
    }
}

void smp_start( struct smp *smp, UINT32 vp )
{
    struct thread_args *args = HeapAlloc( GetProcessHeap(), 0, sizeof(*args) );

    args->smp = smp;
    args->vp = vp;
    smp->vps[vp].thread = CreateThread( NULL, 0, smp_thread, args, 0, NULL );
    ok( smp->vps[vp].thread != NULL, "no thread: %lu\n", GetLastError() );
}

void smp_stop( struct smp *smp, UINT32 vp )
{
    HRESULT hr;
    DWORD ret;

    if (!smp->vps[vp].thread) return;
    hr = WHvCancelRunVirtualProcessor( smp->vm.partition, vp, 0 );
    ok( hr == S_OK, "vp %u: %#lx\n", vp, hr );
    ret = WaitForSingleObject( smp->vps[vp].thread, SMP_TIMEOUT );
    ok( !ret, "vp %u did not stop\n", vp );
    ok( smp->vps[vp].last.ExitReason == WHvRunVpExitReasonCanceled, "vp %u: exit %#x\n", vp,
        smp->vps[vp].last.ExitReason );
    CloseHandle( smp->vps[vp].thread );
    smp->vps[vp].thread = NULL;
}

void smp_stop_halted( struct smp *smp, UINT32 vp )
{
    DWORD start = GetTickCount();

    for (;;)
    {
        Sleep( 20 );
        smp_stop( smp, vp );
        if ((smp_get( smp, vp, WHvRegisterInternalActivityState ) & 2) || GetTickCount() - start > SMP_TIMEOUT) break;
        smp_start( smp, vp );
    }
    ok( smp_get( smp, vp, WHvRegisterInternalActivityState ) == 2, "vp %u does not halt: %#llx\n", vp,
        smp_get( smp, vp, WHvRegisterInternalActivityState ));
}

BOOL smp_wait_( const char *file, int line, struct smp *smp, UINT32 vp, LONG count, UINT32 event )
{
    DWORD start = GetTickCount();

    while (smp->vps[vp].count < count && GetTickCount() - start < SMP_TIMEOUT) Sleep( 1 );
    ok_(file, line)( smp->vps[vp].count >= count, "vp %u: %ld events, expected %ld; the last is %#x\n", vp,
                     smp->vps[vp].count, count, smp->vps[vp].count ? smp->vps[vp].events[smp->vps[vp].count - 1] : 0 );
    if (smp->vps[vp].count < count) return FALSE;
    ok_(file, line)( smp->vps[vp].events[count - 1] == event, "vp %u: event %ld is %#x, expected %#x\n", vp, count - 1,
                     smp->vps[vp].events[count - 1], event );
    return smp->vps[vp].events[count - 1] == event;
}

void smp_quiet_( const char *file, int line, struct smp *smp, UINT32 vp, LONG count )
{
    Sleep( 50 );
    ok_(file, line)( smp->vps[vp].count == count, "vp %u: %ld events, expected %ld; the last is %#x\n", vp,
                     smp->vps[vp].count, count, smp->vps[vp].count ? smp->vps[vp].events[smp->vps[vp].count - 1] : 0 );
}

UINT64 smp_get( struct smp *smp, UINT32 vp, WHV_REGISTER_NAME name )
{
    WHV_REGISTER_VALUE value;
    HRESULT hr;

    memset( &value, 0xcc, sizeof(value) );
    hr = WHvGetVirtualProcessorRegisters( smp->vm.partition, vp, &name, 1, &value );
    ok( hr == S_OK, "vp %u register %#x: %#lx\n", vp, name, hr );
    return value.Reg64;
}

HRESULT smp_set( struct smp *smp, UINT32 vp, WHV_REGISTER_NAME name, UINT64 low )
{
    WHV_REGISTER_VALUE value;

    memset( &value, 0, sizeof(value) );
    value.Reg64 = low;
    return WHvSetVirtualProcessorRegisters( smp->vm.partition, vp, &name, 1, &value );
}

HRESULT smp_request( struct smp *smp, UINT32 type, UINT32 logical, UINT32 level, UINT32 destination, UINT32 vector )
{
    WHV_INTERRUPT_CONTROL control;

    memset( &control, 0, sizeof(control) );
    control.Type = type;
    control.DestinationMode = logical;
    control.TriggerMode = level;
    control.Destination = destination;
    control.Vector = vector;
    return WHvRequestInterrupt( smp->vm.partition, &control, sizeof(control) );
}

/* What the tests of interrupts stand on: each vp runs its own code and tells in order what it did,
 * a handler its vector. */
START_TEST(util_smp)
{
    static const BYTE code[] = { ASM_ENABLE_APIC, ASM_OUT( 0x20, 1 ), ASM_OUT( 0x21, 2 ), ASM_IDLE };
    struct smp smp;
    UINT32 i;

    if (!vm_present() || !smp_create( &smp, 2, WHvX64LocalApicEmulationModeXApic )) return;
    for (i = 0; i < 2; i++)
    {
        smp_load( &smp, i, code, sizeof(code) );
        smp_start( &smp, i );
    }
    for (i = 0; i < 2; i++)
    {
        smp_wait( &smp, i, 2, EVENT_OUT( 0x21, 2 ) );
        ok( smp.vps[i].events[0] == EVENT_OUT( 0x20, 1 ), "vp %u: first event %#x\n", i, smp.vps[i].events[0] );
        smp_quiet( &smp, i, 2 );
        smp_request( &smp, WHvX64InterruptTypeFixed, 0, 0, i, 0x60 + i );
        smp_wait( &smp, i, 3, EVENT_HANDLER( 0x60 + i ) );
    }
    smp_quiet( &smp, 0, 3 );
    for (i = 0; i < 2; i++)
    {
        smp_stop_halted( &smp, i );
        ok( smp_get( &smp, i, WHvX64RegisterRsp ) == SMP_STACK( i + 1 ), "vp %u: another stack\n", i );
    }
    smp_destroy( &smp );
}
