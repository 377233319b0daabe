/*
 * Benchmark: the guest through WinHvPlatform, in a PE program
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
 * One half of the benchmark; bench_native.c is the other, and the one that starts this one.
 *   whvbench GUEST [APIC_GUEST]        reads lines "NAME COUNT" and answers each with the ns of one operation, or a
 *                                      factor for scale2; to "places" it answers which modules and exports are
 *                                      where, and "end"
 *   whvbench GUEST --count NAME COUNT  for a system call tracer: COUNT exits, then twice as many, with the lookup of
 *                                      a file named whv-bench-mark before, between and after
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <windows.h>
#include <winhvplatform.h>
#include <winhvemulation.h>

#include "bench.h"
#include "whvbench.h"

static const BYTE *guest;
static DWORD guest_size;
static struct vm vms[LOOP_COUNT];       /* one for each loop, made when it is wanted */
static WHV_EMULATOR_HANDLE emulator;

void check( HRESULT hr, const char *what )
{
    if (SUCCEEDED( hr )) return;
    fprintf( stderr, "whvbench: %s failed: %08lx\n", what, (ULONG)hr );
    ExitProcess( 1 );
}

static void expect( const WHV_RUN_VP_EXIT_CONTEXT *exit, WHV_RUN_VP_EXIT_REASON reason )
{
    if (exit->ExitReason == reason) return;
    fprintf( stderr, "whvbench: exit %#x at %llx, not %#x\n",
             exit->ExitReason, (ULONGLONG)exit->VpContext.Rip, reason );
    ExitProcess( 1 );
}

double now( void )
{
    static LARGE_INTEGER frequency;
    LARGE_INTEGER counter;

    if (!frequency.QuadPart) QueryPerformanceFrequency( &frequency );
    QueryPerformanceCounter( &counter );
    return counter.QuadPart * 1e9 / frequency.QuadPart;
}

void set_rip( WHV_PARTITION_HANDLE partition, UINT64 rip )
{
    static const WHV_REGISTER_NAME name = WHvX64RegisterRip;
    WHV_REGISTER_VALUE value;

    value.Reg64 = rip;
    check( WHvSetVirtualProcessorRegisters( partition, 0, &name, 1, &value ), "WHvSetVirtualProcessorRegisters" );
}

static void set_rip_rax( WHV_PARTITION_HANDLE partition, UINT64 rip, UINT64 rax )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterRip, WHvX64RegisterRax };
    WHV_REGISTER_VALUE values[2];

    values[0].Reg64 = rip;
    values[1].Reg64 = rax;
    check( WHvSetVirtualProcessorRegisters( partition, 0, names, 2, values ), "WHvSetVirtualProcessorRegisters" );
}

static struct vm *get_vm( enum loop loop )
{
    static const WHV_REGISTER_NAME names[2] = { WHvX64RegisterCs, WHvX64RegisterRip };
    WHV_REGISTER_VALUE values[2];
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_PARTITION_PROPERTY property;
    struct vm *vm = &vms[loop];
    BYTE *memory;

    if (vm->partition) return vm;
    memory = VirtualAlloc( NULL, MEMORY_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE );
    if (!memory) check( E_OUTOFMEMORY, "VirtualAlloc" );
    memcpy( memory + GUEST_BASE, guest, guest_size );
    vm->mailbox = (UINT32 *)(memory + MAILBOX);
    vm->mailbox[0] = loop;
    memset( &property, 0, sizeof(property) );
    property.ProcessorCount = 1;
    check( WHvCreatePartition( &vm->partition ), "WHvCreatePartition" );
    check( WHvSetPartitionProperty( vm->partition, WHvPartitionPropertyCodeProcessorCount,
                                    &property, sizeof(property) ), "WHvSetPartitionProperty" );
    if (loop == LOOP_MSR) want_msr_exits( vm->partition );
    check( WHvSetupPartition( vm->partition ), "WHvSetupPartition" );
    check( WHvMapGpaRange( vm->partition, memory, 0, MEMORY_SIZE, WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite |
                           WHvMapGpaRangeFlagExecute ), "WHvMapGpaRange" );
    check( WHvCreateVirtualProcessor( vm->partition, 0, 0 ), "WHvCreateVirtualProcessor" );
    memset( values, 0, sizeof(values) );
    values[0].Segment.Limit = 0xffff;
    values[0].Segment.Attributes = 0x9b;
    values[1].Reg64 = GUEST_BASE;
    check( WHvSetVirtualProcessorRegisters( vm->partition, 0, names, 2, values ), "WHvSetVirtualProcessorRegisters" );
    check( WHvRunVirtualProcessor( vm->partition, 0, &exit, sizeof(exit) ), "WHvRunVirtualProcessor" );
    expect( &exit, WHvRunVpExitReasonX64IoPortAccess );     /* it says that the loop comes next */
    set_rip( vm->partition, exit.VpContext.Rip + exit.VpContext.InstructionLength );
    return vm;
}

/**** WinHvEmulation, with the plainest callbacks ****/

static HRESULT CALLBACK io_callback( void *context, WHV_EMULATOR_IO_ACCESS_INFO *access )
{
    (void)context; (void)access;
    return E_FAIL;
}

static HRESULT CALLBACK memory_callback( void *context, WHV_EMULATOR_MEMORY_ACCESS_INFO *access )
{
    (void)context;
    if (!access->Direction) memset( access->Data, 0x5a, access->AccessSize );
    return S_OK;
}

static HRESULT CALLBACK get_callback( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                      WHV_REGISTER_VALUE *values )
{
    return WHvGetVirtualProcessorRegisters( context, 0, names, count, values );
}

static HRESULT CALLBACK set_callback( void *context, const WHV_REGISTER_NAME *names, UINT32 count,
                                      const WHV_REGISTER_VALUE *values )
{
    return WHvSetVirtualProcessorRegisters( context, 0, names, count, values );
}

static HRESULT CALLBACK translate_callback( void *context, WHV_GUEST_VIRTUAL_ADDRESS gva, WHV_TRANSLATE_GVA_FLAGS flags,
                                            WHV_TRANSLATE_GVA_RESULT_CODE *result, WHV_GUEST_PHYSICAL_ADDRESS *gpa )
{
    WHV_TRANSLATE_GVA_RESULT translation;
    HRESULT hr = WHvTranslateGva( context, 0, gva, flags, &translation, gpa );

    *result = translation.ResultCode;
    return hr;
}

static const WHV_EMULATOR_CALLBACKS callbacks =
{
    .Size = sizeof(callbacks),
    .WHvEmulatorIoPortCallback = io_callback,
    .WHvEmulatorMemoryCallback = memory_callback,
    .WHvEmulatorGetVirtualProcessorRegisters = get_callback,
    .WHvEmulatorSetVirtualProcessorRegisters = set_callback,
    .WHvEmulatorTranslateGvaPage = translate_callback,
};

/**** what is measured: each runs COUNT operations ****/

void run( struct vm *vm, WHV_RUN_VP_EXIT_CONTEXT *exit, WHV_RUN_VP_EXIT_REASON reason )
{
    check( WHvRunVirtualProcessor( vm->partition, 0, exit, sizeof(*exit) ), "WHvRunVirtualProcessor" );
    expect( exit, reason );
}

static void bench_out( struct vm *vm, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (count--)
    {
        run( vm, &exit, WHvRunVpExitReasonX64IoPortAccess );
        set_rip( vm->partition, exit.VpContext.Rip + exit.VpContext.InstructionLength );
    }
}

static void bench_in( struct vm *vm, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (count--)
    {
        run( vm, &exit, WHvRunVpExitReasonX64IoPortAccess );
        set_rip_rax( vm->partition, exit.VpContext.Rip + exit.VpContext.InstructionLength,
                     (exit.IoPortAccess.Rax & ~0xffull) | 0x5a );
    }
}

/* a memory exit does not tell the instruction's length; both of the guest's have two bytes */
static void bench_mmio_read( struct vm *vm, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (count--)
    {
        run( vm, &exit, WHvRunVpExitReasonMemoryAccess );
        set_rip_rax( vm->partition, exit.VpContext.Rip + 2, 0x5a5a5a5a );
    }
}

static void bench_mmio_write( struct vm *vm, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (count--)
    {
        run( vm, &exit, WHvRunVpExitReasonMemoryAccess );
        set_rip( vm->partition, exit.VpContext.Rip + 2 );
    }
}

static void bench_mmio_emulator( struct vm *vm, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_EMULATOR_STATUS status;

    if (!emulator) check( WHvEmulatorCreateEmulator( &callbacks, &emulator ), "WHvEmulatorCreateEmulator" );
    while (count--)
    {
        run( vm, &exit, WHvRunVpExitReasonMemoryAccess );
        check( WHvEmulatorTryMmioEmulation( emulator, vm->partition, &exit.VpContext, &exit.MemoryAccess, &status ),
               "WHvEmulatorTryMmioEmulation" );
        if (!status.EmulationSuccessful) check( E_FAIL, "emulation" );
    }
}

static void bench_halt( struct vm *vm, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;

    while (count--) run( vm, &exit, WHvRunVpExitReasonX64Halt );
}

static const WHV_REGISTER_NAME names18[18] =
{
    WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp, WHvX64RegisterRbp,
    WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterR8, WHvX64RegisterR9, WHvX64RegisterR10, WHvX64RegisterR11,
    WHvX64RegisterR12, WHvX64RegisterR13, WHvX64RegisterR14, WHvX64RegisterR15, WHvX64RegisterRip, WHvX64RegisterRflags,
};
static WHV_REGISTER_VALUE values18[18];

static void bench_get18( struct vm *vm, unsigned int count )
{
    while (count--)
        check( WHvGetVirtualProcessorRegisters( vm->partition, 0, names18, 18, values18 ),
               "WHvGetVirtualProcessorRegisters" );
}

static void bench_set18( struct vm *vm, unsigned int count )
{
    bench_get18( vm, 1 );
    while (count--)
        check( WHvSetVirtualProcessorRegisters( vm->partition, 0, names18, 18, values18 ),
               "WHvSetVirtualProcessorRegisters" );
}

/**** cancel: from the call to the return of WHvRunVirtualProcessor on another thread, while the guest spins ****/

static HANDLE cancel_wanted;
static volatile LONG cancel_done;
static volatile double cancel_returned;

static DWORD WINAPI cancel_thread( void *arg )
{
    struct vm *vm = arg;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    LONG done = 0;

    for (;;)
    {
        WaitForSingleObject( cancel_wanted, INFINITE );
        run( vm, &exit, WHvRunVpExitReasonCanceled );
        cancel_returned = now();
        InterlockedExchange( &cancel_done, ++done );
    }
    return 0;
}

static double bench_cancel( struct vm *vm, unsigned int count )
{
    static HANDLE thread;
    unsigned int i;
    double sum = 0, start;
    UINT32 seen;
    LONG done;

    if (!thread)
    {
        cancel_wanted = CreateEventW( NULL, FALSE, FALSE, NULL );
        thread = CreateThread( NULL, 0, cancel_thread, vm, 0, NULL );
    }
    for (i = 0; i < count; i++)
    {
        seen = vm->mailbox[1];
        done = cancel_done;
        SetEvent( cancel_wanted );
        while (vm->mailbox[1] == seen) SwitchToThread();        /* now the guest runs */
        start = now();
        check( WHvCancelRunVirtualProcessor( vm->partition, 0, 0 ), "WHvCancelRunVirtualProcessor" );
        while (cancel_done == done) SwitchToThread();
        sum += cancel_returned - start;
    }
    return sum / count;
}

static const struct benchmark
{
    const char *name;
    enum loop loop;
    void (*bench)( struct vm *vm, unsigned int count );
} benchmarks[] =
{
    { "out",                 LOOP_OUT,        bench_out },
    { "in",                  LOOP_IN,         bench_in },
    { "mmio_read",           LOOP_MMIO_READ,  bench_mmio_read },
    { "mmio_write",          LOOP_MMIO_WRITE, bench_mmio_write },
    { "mmio_read_emulator",  LOOP_MMIO_READ,  bench_mmio_emulator },
    { "mmio_write_emulator", LOOP_MMIO_WRITE, bench_mmio_emulator },
    { "halt",                LOOP_HALT,       bench_halt },
    { "cancel",              LOOP_SPIN,       NULL },
    { "get18",               LOOP_HALT,       bench_get18 },
    { "set18",               LOOP_HALT,       bench_set18 },
    { "map4g",               LOOP_TOUCH,      bench_map4g },
    { "touch",               LOOP_TOUCH,      NULL },
    { "touch_aligned",       LOOP_TOUCH,      NULL },
    { "doorbell",            LOOP_DOORBELL,   bench_doorbell },
    { "doorbell_exit",       LOOP_DOORBELL_EXIT, bench_doorbell_exit },
    { "ipi",                 LOOP_APIC + APIC_IPI, NULL },
    { "request",             LOOP_APIC + APIC_SPIN, NULL },
    { "wake",                LOOP_APIC + APIC_HALT, NULL },
    { "pair",                LOOP_APIC + APIC_PAIR, NULL },
    { "scale2",              LOOP_APIC + APIC_SCALE, NULL },
    { "trigger",             LOOP_APIC + APIC_TRIGGER, NULL },
    /* for the instruction counter */
    { "msr_read",            LOOP_MSR,            bench_msr_read },
    { "out_user",            LOOP_OUT_USER,       bench_out },
    { "mmio_read_user",      LOOP_MMIO_READ_USER, bench_mmio_read },
    { "out_real",            LOOP_OUT_REAL,       bench_out },
    { "mmio_read_real",      LOOP_MMIO_READ_REAL, bench_mmio_read },
    { "out_get18",           LOOP_OUT,            bench_out_get18 },
    { "out_set18",           LOOP_OUT,            bench_out_set18 },
    { "out_qemu",            LOOP_OUT,            bench_out_qemu },
};

static const struct benchmark *find_benchmark( const char *name )
{
    size_t i;

    for (i = 0; i < sizeof(benchmarks) / sizeof(benchmarks[0]); i++)
        if (!strcmp( benchmarks[i].name, name )) return &benchmarks[i];
    fprintf( stderr, "whvbench: there is no benchmark %s\n", name );
    ExitProcess( 1 );
}

static double measure( const struct benchmark *b, unsigned int count )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vm *vm;
    double start;

    if (b->loop >= LOOP_APIC) return apic_measure( b->loop - LOOP_APIC, count );
    vm = get_vm( b->loop );
    if (!b->bench && b->loop == LOOP_TOUCH) return bench_touch( vm, !strcmp( b->name, "touch_aligned" ));
    if (!b->bench) return bench_cancel( vm, count );
    if (b->loop == LOOP_HALT) run( vm, &exit, WHvRunVpExitReasonX64Halt );
    b->bench( vm, b->loop == LOOP_TOUCH ? 1 : WARM_UP );
    start = now();
    b->bench( vm, count );
    return (now() - start) / count;
}

static void count_exits( const char *name, unsigned int count )
{
    const struct benchmark *b = find_benchmark( name );
    struct vm *vm = get_vm( b->loop );

    if (!b->bench) check( E_INVALIDARG, "this benchmark has no exits to count" );
    b->bench( vm, WARM_UP );
    GetFileAttributesA( "whv-bench-mark" );     /* once for what a first lookup does besides */
    b->bench( vm, WARM_UP );
    GetFileAttributesA( "whv-bench-mark" );
    b->bench( vm, count );
    GetFileAttributesA( "whv-bench-mark" );
    b->bench( vm, 2 * count );
    GetFileAttributesA( "whv-bench-mark" );
}

static void read_guest( const char *name )
{
    HANDLE file = CreateFileA( name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL );
    static BYTE buffer[0x8000];

    if (file == INVALID_HANDLE_VALUE || !ReadFile( file, buffer, sizeof(buffer), &guest_size, NULL ))
    {
        fprintf( stderr, "whvbench: can't read %s, error %lu\n", name, GetLastError() );
        ExitProcess( 1 );
    }
    CloseHandle( file );
    guest = buffer;
}

int main( int argc, char *argv[] )
{
    char line[128], name[64];
    unsigned int count;

    if (argc == 5 && !strcmp( argv[2], "--count" ) && (count = strtoul( argv[4], NULL, 10 )))
    {
        read_guest( argv[1] );
        count_exits( argv[3], count );
        return 0;
    }
    if (argc < 2 || argc > 3)
    {
        fprintf( stderr, "Usage: whvbench GUEST [APIC_GUEST | --count NAME COUNT]\n" );
        return 2;
    }
    read_guest( argv[1] );
    if (argc == 3) apic_set_guest( argv[2] );
    while (fgets( line, sizeof(line), stdin ))
    {
        if (!strcmp( line, "places\n" )) print_places();
        else if (sscanf( line, "%63s %u", name, &count ) != 2 || !count) return 2;
        else printf( "%.3f\n", measure( find_benchmark( name ), count ));
        fflush( stdout );
    }
    ExitProcess( 0 );       /* the cancel thread never ends */
}
