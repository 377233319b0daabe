/*
 * whvrun: the machine: partition, memory, virtual processors
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

#include <stdio.h>

#include <windows.h>
#include <winhvplatform.h>
#include <winhvemulation.h>

#include "decode.h"
#include "devices/board.h"
#include "devices/bus.h"
#include "devices/ioapic.h"
#include "devices/pic.h"
#include "devices/pit.h"
#include "gdb.h"
#include "host/clock.h"
#include "host/console.h"
#include "host/end.h"
#include "machine.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BOOT_VP 0           /* the one that serves time and input, and that the others are started by */
#define MAX_VPS 64

static struct machine_options options;
static WHV_PARTITION_HANDLE partition;
static WHV_EMULATOR_HANDLE emulator;
static BYTE *ram;
static BOOL apic_hidden;
static UINT32 vp_count;         /* that exist */

static UINT32 current_vp;                   /* whose exit is handled; under device_lock */

/* what other threads share with the one that runs the vp */
static HANDLE timer_event, wake_event;      /* there is a new deadline; there is something for a halted vp */
static volatile LONG64 deadline;            /* when the timer thread has to stop the vp, ns */
static volatile BOOL timed_out, stopping;
static CRITICAL_SECTION running_lock;
static CRITICAL_SECTION device_lock;        /* devices, the emulator, the end: all that happens at an exit */
static BOOL running;                        /* under running_lock: there is a vp to cancel */

static const struct { HRESULT hr; const char *name; } errors[] =
{
    { E_NOTIMPL,                    "not implemented" },
    { E_INVALIDARG,                 "invalid argument" },
    { E_OUTOFMEMORY,                "out of memory" },
    { E_ACCESSDENIED,               "access denied" },
    { (HRESULT)0x80370303,          "unsupported hypervisor configuration" },
    { (HRESULT)0x80370304,          "invalid partition configuration" },
    { (HRESULT)0x80370308,          "invalid VP state" },
    { (HRESULT)0x80370310,          "unsupported processor configuration" },
    { (HRESULT)0xc0351000,          "hypervisor not present" },
};

void report( const char *what, HRESULT hr )
{
    size_t i;

    for (i = 0; i < ARRAY_COUNT(errors); i++)
        if (errors[i].hr == hr) break;
    fprintf( stderr, "whvrun: %s: %08lx%s%s\n", what, (ULONG)hr, i < ARRAY_COUNT(errors) ? " " : "",
             i < ARRAY_COUNT(errors) ? errors[i].name : "" );
}

/* The I/O APIC to the local ones. */
static void send_interrupt( uint32_t destination, int logical, unsigned int mode, int level, uint8_t vector )
{
    WHV_INTERRUPT_CONTROL interrupt;
    HRESULT hr;

    memset( &interrupt, 0, sizeof(interrupt) );
    interrupt.Type = mode;
    interrupt.DestinationMode = logical;
    interrupt.TriggerMode = level;
    interrupt.Destination = destination;
    interrupt.Vector = vector;
    hr = WHvRequestInterrupt( partition, &interrupt, sizeof(interrupt) );
    if (FAILED( hr )) report( "WHvRequestInterrupt", hr );
}

/**** callbacks of the instruction emulator: it has no state of its own, all is asked of us; the context is the vp ****/

static HRESULT CALLBACK io_callback( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    (void)context;
    if (access->Direction) bus_write_port( access->Port, access->AccessSize, access->Data );
    else access->Data = bus_read_port( access->Port, access->AccessSize );
    return S_OK;
}

/* String instructions between RAM and a device, and page tables, come here too: so RAM must be served. */
static HRESULT CALLBACK memory_callback( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    void *memory = machine_ram( access->GpaAddress, access->AccessSize );

    (void)context;
    if (memory && access->Direction) memcpy( memory, access->Data, access->AccessSize );
    else if (memory) memcpy( access->Data, memory, access->AccessSize );
    else if (access->Direction) bus_write_memory( access->GpaAddress, access->AccessSize, access->Data );
    else bus_read_memory( access->GpaAddress, access->AccessSize, access->Data );
    return S_OK;
}

static HRESULT CALLBACK get_registers_callback( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                                WHV_REGISTER_VALUE *values )
{
    return WHvGetVirtualProcessorRegisters( partition, (UINT_PTR)context, names, count, values );
}

static HRESULT CALLBACK set_registers_callback( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                                const WHV_REGISTER_VALUE *values )
{
    return WHvSetVirtualProcessorRegisters( partition, (UINT_PTR)context, names, count, values );
}

static HRESULT CALLBACK translate_callback( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                            WHV_TRANSLATE_GVA_RESULT_CODE *result, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    WHV_TRANSLATE_GVA_RESULT translation;
    HRESULT hr;

    hr = WHvTranslateGva( partition, (UINT_PTR)context, gva, flags, &translation, gpa );
    if (SUCCEEDED( hr )) *result = translation.ResultCode;
    return hr;
}

static const WHV_EMULATOR_CALLBACKS callbacks =
{
    .Size = sizeof(callbacks),
    .WHvEmulatorIoPortCallback = io_callback,
    .WHvEmulatorMemoryCallback = memory_callback,
    .WHvEmulatorGetVirtualProcessorRegisters = get_registers_callback,
    .WHvEmulatorSetVirtualProcessorRegisters = set_registers_callback,
    .WHvEmulatorTranslateGvaPage = translate_callback,
};

/**** setup ****/

/* We have no local APIC: the CPUID bit that promises one is masked out. It takes a Windows (or Wine) that has the
 * newer form of the list; without it Linux has to be told by its command line. */
static void hide_apic( void )
{
    WHV_X64_CPUID_RESULT2 result;

    memset( &result, 0, sizeof(result) );
    result.Function = 1;
    result.Mask.Edx = 1 << 9;
    apic_hidden = SUCCEEDED( WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeCpuidResultList2,
                                                      &result, sizeof(result) ));
}

HRESULT machine_create( const struct machine_options *opt )
{
    WHV_CAPABILITY capability;
    WHV_PARTITION_PROPERTY property;
    HRESULT hr;

    options = *opt;
    hr = WHvGetCapability( WHvCapabilityCodeHypervisorPresent, &capability, sizeof(capability), NULL );
    if (FAILED( hr ) || !capability.HypervisorPresent)
    {
        fprintf( stderr, "whvrun: there is no hypervisor; whvinfo.exe tells more\n" );
        return FAILED( hr ) ? hr : (HRESULT)0xc0351000;
    }

    hr = WHvCreatePartition( &partition );
    if (FAILED( hr ))
    {
        report( "WHvCreatePartition", hr );
        return hr;
    }
    memset( &property, 0, sizeof(property) );
    property.ProcessorCount = max( options.processors, 1 );
    hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeProcessorCount, &property, sizeof(property) );
    if (FAILED( hr ))
    {
        report( "WHvSetPartitionProperty( ProcessorCount )", hr );
        return hr;
    }
    if (!options.processors) hide_apic();
    else
    {
        memset( &property, 0, sizeof(property) );
        property.LocalApicEmulationMode = WHvX64LocalApicEmulationModeXApic;
        hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeLocalApicEmulationMode, &property, sizeof(property) );
        if (FAILED( hr ))
        {
            report( "WHvSetPartitionProperty( LocalApicEmulationMode )", hr );
            return hr;
        }
    }
    hr = WHvSetupPartition( partition );
    if (FAILED( hr ))
    {
        report( "WHvSetupPartition", hr );
        return hr;
    }

    ram = VirtualAlloc( NULL, options.memory, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    if (!ram)
    {
        report( "guest memory", E_OUTOFMEMORY );
        return E_OUTOFMEMORY;
    }
    hr = WHvMapGpaRange( partition, ram, 0, options.memory,
                         WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute );
    if (FAILED( hr ))
    {
        report( "WHvMapGpaRange", hr );
        return hr;
    }

    for (vp_count = 0; vp_count < max( options.processors, 1 ); vp_count++)
    {
        hr = WHvCreateVirtualProcessor( partition, vp_count, 0 );
        if (FAILED( hr ))
        {
            report( "WHvCreateVirtualProcessor", hr );
            return hr;
        }
    }
    hr = WHvEmulatorCreateEmulator( &callbacks, &emulator );
    if (FAILED( hr )) report( "WHvEmulatorCreateEmulator", hr );

    board_init( options.processors ? send_interrupt : NULL );
    if (options.exit_clock) clock_count_exits();
    InitializeCriticalSection( &running_lock );
    InitializeCriticalSection( &device_lock );
    timer_event = CreateEventW( NULL, FALSE, FALSE, NULL );
    wake_event = CreateEventW( NULL, FALSE, FALSE, NULL );
    if (SUCCEEDED( hr ) && (!timer_event || !wake_event)) hr = E_OUTOFMEMORY;
    return hr;
}

/* Deleting the partition would delete the vps too; memory must be given back after it. */
void machine_delete( void )
{
    if (emulator) WHvEmulatorDestroyEmulator( emulator );
    while (vp_count) WHvDeleteVirtualProcessor( partition, --vp_count );
    if (partition) WHvDeletePartition( partition );
    if (ram) VirtualFree( ram, 0, MEM_RELEASE );
    emulator = partition = NULL;
    ram = NULL;
}

void *machine_ram( UINT64 gpa, UINT64 size )
{
    if (gpa > options.memory || size > options.memory - gpa) return NULL;
    return ram + gpa;
}

UINT64 machine_ram_size( void )
{
    return options.memory;
}

BOOL machine_apic_hidden( void )
{
    return apic_hidden;
}

HRESULT machine_get_registers( const WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values, UINT32 count )
{
    HRESULT hr = WHvGetVirtualProcessorRegisters( partition, current_vp, names, count, values );

    if (FAILED( hr )) report( "WHvGetVirtualProcessorRegisters", hr );
    return hr;
}

BOOL machine_translate( UINT64 gva, BOOL write, UINT64 *gpa )
{
    WHV_TRANSLATE_GVA_FLAGS flags = WHvTranslateGvaFlagSetPageTableBits |
                                    (write ? WHvTranslateGvaFlagValidateWrite : WHvTranslateGvaFlagValidateRead);
    WHV_TRANSLATE_GVA_RESULT result;

    if (FAILED( WHvTranslateGva( partition, current_vp, gva, flags, &result, gpa ))) return FALSE;
    switch (result.ResultCode)
    {
    case WHvTranslateGvaResultSuccess:
    case WHvTranslateGvaResultGpaUnmapped:          /* a device */
    case WHvTranslateGvaResultGpaNoReadAccess:
    case WHvTranslateGvaResultGpaNoWriteAccess:
        return TRUE;
    default:
        return FALSE;
    }
}

BOOL machine_find( UINT64 gva, UINT64 *gpa )
{
    WHV_TRANSLATE_GVA_RESULT result;

    return SUCCEEDED( WHvTranslateGva( partition, BOOT_VP, gva, WHvTranslateGvaFlagPrivilegeExempt, &result, gpa )) &&
           result.ResultCode == WHvTranslateGvaResultSuccess;
}

HRESULT machine_debug( BOOL on )
{
    WHV_PARTITION_PROPERTY property;
    HRESULT hr;

    memset( &property, 0, sizeof(property) );
    property.ExtendedVmExits.ExceptionExit = on;
    hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeExtendedVmExits, &property, sizeof(property) );
    memset( &property, 0, sizeof(property) );
    if (on) property.ExceptionExitBitmap = 1 << WHvX64ExceptionTypeDebugTrapOrFault;
    if (SUCCEEDED( hr ))
        hr = WHvSetPartitionProperty( partition, WHvPartitionPropertyCodeExceptionExitBitmap, &property, sizeof(property) );
    if (FAILED( hr )) report( "WHvSetPartitionProperty( ExceptionExitBitmap )", hr );
    return hr;
}

void machine_cancel( void )
{
    WHvCancelRunVirtualProcessor( partition, BOOT_VP, 0 );
}

static HRESULT set_registers( UINT32 vp, const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values, UINT32 count )
{
    HRESULT hr = WHvSetVirtualProcessorRegisters( partition, vp, names, count, values );

    if (FAILED( hr )) report( "WHvSetVirtualProcessorRegisters", hr );
    return hr;
}

HRESULT machine_set_registers( const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values, UINT32 count )
{
    return set_registers( current_vp, names, values, count );
}

/**** time and input: other threads never touch a device, they only make the vp's thread look ****/

static DWORD milliseconds_until( UINT64 when )
{
    UINT64 now = clock_wall();

    if (when <= now) return 0;
    if (when - now > 60000000000ull) return 60000;
    return (when - now + 999999) / 1000000;
}

static DWORD WINAPI timer_thread( void *arg )
{
    UINT64 end = options.timeout ? clock_wall() + options.timeout * 1000000000ull : NO_DEADLINE;
    UINT64 seen = NO_DEADLINE, next;

    (void)arg;
    while (!stopping)
    {
        next = deadline;
        if (next == seen) next = NO_DEADLINE;       /* that one has been served */
        if (clock_wall() >= next)
        {
            seen = next;
            WHvCancelRunVirtualProcessor( partition, BOOT_VP, 0 );
        }
        else if (clock_wall() >= end)
        {
            end = NO_DEADLINE;
            timed_out = TRUE;
            SetEvent( wake_event );
            WHvCancelRunVirtualProcessor( partition, BOOT_VP, 0 );
        }
        else WaitForSingleObject( timer_event, milliseconds_until( min( next, end )));
    }
    return 0;
}

size_t machine_input( const BYTE *data, size_t size )
{
    size_t taken = console_type( data, size );

    EnterCriticalSection( &running_lock );
    if (taken && running)
    {
        SetEvent( wake_event );
        WHvCancelRunVirtualProcessor( partition, BOOT_VP, 0 );
    }
    LeaveCriticalSection( &running_lock );
    return taken;
}

static void set_running( BOOL value )
{
    EnterCriticalSection( &running_lock );
    running = value;
    LeaveCriticalSection( &running_lock );
}

/* Brings the devices to the present, and tells the timer thread when that will be needed next. */
static void update_devices( void )
{
    board_update();
    if (timed_out) end_run( END_TIMEOUT, 0 );
    if (options.exit_clock)
    {
        /* a guest that waits without an exit is stopped in the end, and gets its interrupt then */
        if (options.patience && pit_deadline() != NO_DEADLINE)
        {
            deadline = clock_wall() + options.patience * 1000000ull;
            SetEvent( timer_event );
        }
    }
    else if (deadline != (LONG64)pit_deadline())
    {
        deadline = pit_deadline();
        SetEvent( timer_event );
    }
}

/**** interrupts ****/

/*
 * Without an interrupt controller in the platform, an interrupt is injected as the
 * processor's pending event. It may be only when the guest can take it: interrupts on,
 * no STI or MOV SS just before, no other event on its way. Else the platform is
 * asked to stop as soon as it can. The exit context tells all of it: no register is read.
 */
static HRESULT deliver_interrupt( const WHV_VP_EXIT_CONTEXT *vp, BOOL *window_armed )
{
    WHV_REGISTER_NAME name;
    WHV_REGISTER_VALUE value;

    /* with APICs in the platform the PIC is not wired */
    if (options.processors || !pic_pending()) return S_OK;
    memset( &value, 0, sizeof(value) );
    if ((vp->Rflags & 0x200) && !vp->ExecutionState.InterruptShadow && !vp->ExecutionState.InterruptionPending)
    {
        name = WHvRegisterPendingInterruption;
        value.PendingInterruption.InterruptionPending = 1;
        value.PendingInterruption.InterruptionType = WHvX64PendingInterrupt;
        value.PendingInterruption.InterruptionVector = pic_acknowledge();
    }
    else
    {
        if (*window_armed) return S_OK;
        name = WHvX64RegisterDeliverabilityNotifications;
        value.DeliverabilityNotifications.InterruptNotification = 1;
        *window_armed = TRUE;
    }
    return machine_set_registers( &name, &value, 1 );
}

/* Waits as the halted processor does: for an interrupt, which is never to come if they are off. */
static void wait_halted( const WHV_VP_EXIT_CONTEXT *vp )
{
    if (!(vp->Rflags & 0x200))
    {
        end_run( END_POWER_OFF, 0 );
        return;
    }
    for (;;)
    {
        update_devices();
        if (pic_pending() || end_reason() != END_NONE) return;
        if (!options.exit_clock) WaitForSingleObject( wake_event, milliseconds_until( pit_deadline() ));
        else if (pit_deadline() != NO_DEADLINE) clock_set( pit_deadline() );
        else WaitForSingleObject( wake_event, 1000 );
    }
}

/**** exits ****/

static void print_bytes( const UINT8 *bytes, UINT8 count )
{
    UINT8 i;

    for (i = 0; i < count && i < 16; i++) fprintf( stderr, "%s%02x", i ? " " : " bytes ", bytes[i] );
    fprintf( stderr, "\n" );
}

static void print_exit( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_VP_EXIT_CONTEXT *vp = &exit->VpContext;
    const WHV_MEMORY_ACCESS_CONTEXT *memory = &exit->MemoryAccess;
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    static const char * const access[4] = { "read", "write", "execute", "access" };

    if (options.processors) fprintf( stderr, "whvrun: vp %u:\n", index );
    fprintf( stderr, "whvrun: %04x:%016llx flags %08llx cpl %u: ", vp->Cs.Selector, (ULONGLONG)vp->Rip,
             (ULONGLONG)vp->Rflags, vp->ExecutionState.Cpl );
    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        fprintf( stderr, "memory %s gpa %llx%s", access[memory->AccessInfo.AccessType], (ULONGLONG)memory->Gpa,
                 memory->AccessInfo.GpaUnmapped ? " (unmapped)" : "" );
        if (memory->AccessInfo.GvaValid) fprintf( stderr, " gva %llx", (ULONGLONG)memory->Gva );
        print_bytes( memory->InstructionBytes, memory->InstructionByteCount );
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        fprintf( stderr, "%s%s%s port %04x size %u rax %llx rcx %llx", io->AccessInfo.RepPrefix ? "rep " : "",
                 io->AccessInfo.IsWrite ? "out" : "in", io->AccessInfo.StringOp ? "s" : "", io->PortNumber,
                 io->AccessInfo.AccessSize, (ULONGLONG)io->Rax, (ULONGLONG)io->Rcx );
        print_bytes( io->InstructionBytes, io->InstructionByteCount );
        break;
    case WHvRunVpExitReasonX64Halt:                fprintf( stderr, "halt\n" ); break;
    case WHvRunVpExitReasonX64InterruptWindow:     fprintf( stderr, "interrupt window\n" ); break;
    case WHvRunVpExitReasonX64ApicEoi:
        fprintf( stderr, "EOI of vector %02x\n", exit->ApicEoi.InterruptVector );
        break;
    case WHvRunVpExitReasonCanceled:               fprintf( stderr, "canceled\n" ); break;
    case WHvRunVpExitReasonUnrecoverableException: fprintf( stderr, "unrecoverable exception (triple fault)\n" ); break;
    case WHvRunVpExitReasonInvalidVpRegisterValue: fprintf( stderr, "invalid register value\n" ); break;
    case WHvRunVpExitReasonUnsupportedFeature:
        fprintf( stderr, "unsupported feature %u, %llx\n", exit->UnsupportedFeature.FeatureCode,
                 (ULONGLONG)exit->UnsupportedFeature.FeatureParameter );
        break;
    default:                                       fprintf( stderr, "exit reason %#x\n", exit->ExitReason ); break;
    }
}

/* Not all exits bring the instruction along; guests crash near their code. */
static void print_code( UINT32 index, const WHV_VP_EXIT_CONTEXT *vp )
{
    WHV_TRANSLATE_GVA_RESULT result;
    UINT64 gva = vp->Rip, gpa;
    void *code;

    if (!vp->ExecutionState.EferLma || !vp->Cs.Long) gva = (UINT32)(gva + vp->Cs.Base);
    if (FAILED( WHvTranslateGva( partition, index, gva, WHvTranslateGvaFlagPrivilegeExempt, &result, &gpa ))) return;
    if (result.ResultCode != WHvTranslateGvaResultSuccess || !(code = machine_ram( gpa, 16 ))) return;
    fprintf( stderr, " code" );
    print_bytes( code, 16 );
}

static void print_registers( UINT32 index )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp, WHvX64RegisterRbp,
        WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterR8, WHvX64RegisterR9, WHvX64RegisterR10, WHvX64RegisterR11,
        WHvX64RegisterR12, WHvX64RegisterR13, WHvX64RegisterR14, WHvX64RegisterR15, WHvX64RegisterCr0, WHvX64RegisterCr2,
        WHvX64RegisterCr3, WHvX64RegisterCr4, WHvX64RegisterEfer, WHvX64RegisterRip,
    };
    static const char * const texts[] =
    {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11",
        "r12", "r13", "r14", "r15", "cr0", "cr2", "cr3", "cr4", "efer", "rip",
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    size_t i;

    if (FAILED( WHvGetVirtualProcessorRegisters( partition, index, names, ARRAY_COUNT(names), values ))) return;
    for (i = 0; i < ARRAY_COUNT(names); i++)
        fprintf( stderr, "%5s %016llx%s", texts[i], (ULONGLONG)values[i].Reg64,
                 i % 4 == 3 || i == ARRAY_COUNT(names) - 1 ? "\n" : "" );
}

static void give_up( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit, const char *why )
{
    fprintf( stderr, "whvrun: %s\n", why );
    print_exit( index, exit );
    print_registers( index );
    print_code( index, &exit->VpContext );
    end_run( END_FAILED, 0 );
}

/* IN and OUT that are no string instructions need no emulator: the exit context has it all. */
static void handle_port( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterRip, WHvX64RegisterRax };
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    UINT32 size = io->AccessInfo.AccessSize, mask = size == 4 ? ~0u : (1u << 8 * size) - 1, value;
    WHV_REGISTER_VALUE values[2];

    memset( values, 0, sizeof(values) );
    values[0].Reg64 = exit->VpContext.Rip + exit->VpContext.InstructionLength;
    /* RIP is only as wide as the code segment */
    if (!exit->VpContext.Cs.Long) values[0].Reg64 &= exit->VpContext.Cs.Default ? 0xffffffff : 0xffff;
    if (io->AccessInfo.IsWrite) bus_write_port( io->PortNumber, size, io->Rax & mask );
    else
    {
        value = bus_read_port( io->PortNumber, size ) & mask;
        /* as any instruction: 32 bits clear the upper half, fewer leave the rest alone */
        values[1].Reg64 = size == 4 ? value : (io->Rax & ~(UINT64)mask) | value;
    }
    if (FAILED( set_registers( index, names, values, io->AccessInfo.IsWrite ? 1 : 2 ))) end_run( END_FAILED, 0 );
}

static void emulate( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    WHV_EMULATOR_STATUS status;
    HRESULT hr;
    char text[64];

    status.AsUINT32 = 0;
    if (exit->ExitReason == WHvRunVpExitReasonMemoryAccess)
        hr = WHvEmulatorTryMmioEmulation( emulator, (void *)(UINT_PTR)index, &exit->VpContext, &exit->MemoryAccess, &status );
    else
        hr = WHvEmulatorTryIoEmulation( emulator, (void *)(UINT_PTR)index, &exit->VpContext, &exit->IoPortAccess, &status );
    if (SUCCEEDED( hr ) && status.EmulationSuccessful) return;
    snprintf( text, sizeof(text), "the emulator failed: %08lx, status %#x", (ULONG)hr, status.AsUINT32 );
    give_up( index, exit, text );
}

/* The way of clients that have an emulator of their own. */
static void decode( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    const WHV_MEMORY_ACCESS_CONTEXT *memory = &exit->MemoryAccess;
    const char *why;

    if (exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess)
        why = decode_and_execute( &exit->VpContext, io->InstructionBytes, io->InstructionByteCount );
    else why = decode_and_execute( &exit->VpContext, memory->InstructionBytes, memory->InstructionByteCount );
    if (why) give_up( index, exit, why );
}

static void handle_exit( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit, BOOL *window_armed )
{
    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        if (exit->MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessExecute)
            give_up( index, exit, "the guest runs where there is no memory" );
        else if (options.decode) decode( index, exit );
        else emulate( index, exit );
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        if (options.decode && !exit->IoPortAccess.AccessInfo.StringOp) handle_port( index, exit );
        else if (options.decode) decode( index, exit );
        else emulate( index, exit );
        break;
    case WHvRunVpExitReasonX64Halt:
        wait_halted( &exit->VpContext );
        break;
    case WHvRunVpExitReasonX64InterruptWindow:
        *window_armed = FALSE;
        break;
    case WHvRunVpExitReasonX64ApicEoi:
        ioapic_eoi( exit->ApicEoi.InterruptVector );
        break;
    case WHvRunVpExitReasonCanceled:
        break;
    case WHvRunVpExitReasonUnrecoverableException:
        end_run( END_TRIPLE_FAULT, 0 );
        print_exit( index, exit );
        print_registers( index );
        print_code( index, &exit->VpContext );
        break;
    case WHvRunVpExitReasonUnsupportedFeature:
        give_up( index, exit, "the platform can't run what the guest wants" );
        break;
    default:
        give_up( index, exit, "an exit that nobody asked for" );
        break;
    }
}

/* Exits that come by chance count no time, or runs would differ. */
static void count_time( WHV_RUN_VP_EXIT_REASON reason )
{
    if (reason == WHvRunVpExitReasonX64InterruptWindow) return;
    if (reason != WHvRunVpExitReasonCanceled) clock_advance( 1000 );
    else if (options.patience && pit_deadline() != NO_DEADLINE && pit_deadline() > clock_now()) clock_set( pit_deadline() );
}

/* Runs a vp until the machine ends. An exit of whichever vp brings the devices up to date. */
static void run_vp( UINT32 index )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    BOOL window_armed = FALSE;
    HRESULT hr;
    UINT32 i;

    memset( &exit, 0, sizeof(exit) );       /* nothing has run yet, interrupts are off */
    while (end_reason() == END_NONE)
    {
        if (options.gdb && !gdb_before_run())
        {
            end_run( END_FAILED, 0 );
            break;
        }
        if (!options.gdb || !gdb_is_stepping())
        {
            hr = deliver_interrupt( &exit.VpContext, &window_armed );
            if (FAILED( hr )) break;
        }
        hr = WHvRunVirtualProcessor( partition, index, &exit, sizeof(exit) );
        if (FAILED( hr ))
        {
            report( "WHvRunVirtualProcessor", hr );
            break;
        }
        if (options.gdb && gdb_after_run( &exit )) continue;
        EnterCriticalSection( &device_lock );
        if (options.trace) print_exit( index, &exit );
        count_time( exit.ExitReason );
        current_vp = index;
        if (end_reason() == END_NONE) handle_exit( index, &exit, &window_armed );
        if (options.gdb) gdb_after_exit( &exit );
        update_devices();
        LeaveCriticalSection( &device_lock );
    }
    EnterCriticalSection( &device_lock );
    end_run( END_FAILED, 0 );
    LeaveCriticalSection( &device_lock );
    for (i = 0; i < vp_count; i++) if (i != index) WHvCancelRunVirtualProcessor( partition, i, 0 );
}

static DWORD WINAPI vp_thread( void *index )
{
    run_vp( (UINT_PTR)index );
    return 0;
}

enum end_reason machine_run( unsigned int *code )
{
    HANDLE threads[MAX_VPS];        /* the first is the timer's */
    UINT32 count = 0, i;

    deadline = NO_DEADLINE;
    if (options.gdb && !gdb_open( options.gdb )) end_run( END_FAILED, 0 );
    set_running( TRUE );
    threads[count] = CreateThread( NULL, 0, timer_thread, NULL, 0, NULL );
    while (threads[count] && ++count < vp_count)
        threads[count] = CreateThread( NULL, 0, vp_thread, (void *)(UINT_PTR)count, 0, NULL );
    if (count < vp_count)
    {
        report( "CreateThread", E_OUTOFMEMORY );
        end_run( END_FAILED, 0 );
    }
    run_vp( BOOT_VP );
    /* nobody may cancel on a partition that is gone */
    set_running( FALSE );
    stopping = TRUE;
    SetEvent( timer_event );
    for (i = 0; i < count; i++)
    {
        WaitForSingleObject( threads[i], INFINITE );
        CloseHandle( threads[i] );
    }
    if (options.gdb) gdb_close( end_code() );
    *code = end_code();
    return end_reason();
}
