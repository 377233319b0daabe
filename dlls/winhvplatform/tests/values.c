/*
 * Conformance: values that registers can have
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


#include "vm.h"

/* rows end where the rest is zero */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/*
 * What is known of Windows, by these sources:
 *   measured    others' reports of what their programs have seen there
 *   openhcl     Microsoft's paravisor, which checks what a guest's HvCallSetVpRegisters sets as the hypervisor does
 *               (openhcl/virt_mshv_vtl/src/processor/hardware_cvm/mod.rs of OpenVMM)
 *   tlfs        HvCallSetVpRegisters: reserved bits are zero, and so is what is beyond a register's size
 *   processor   nobody has said. What neither Intel's nor AMD's processor enters (SDM volume 3C, 26.3.1; APM volume 2,
 *               15.5.1) does not run; what one of them refuses, exits on its hosts
 */
enum outcome
{
    REFUSED,            /* by Set, which changes nothing */
    EXITS,              /* Set takes it, and Run exits with InvalidVpRegisterValue, until it is mended */
    NEVER,              /* one or the other */
    EXITS_ON_INTEL,     /* the same, and on AMD's processors it runs, or faults in the guest */
    RUNS,               /* and reads as .reads, or as it was set if that is 0 */
};

struct row
{
    enum mode    mode;
    UINT32       name;
    UINT64       value;
    enum outcome outcome;
    UINT64       reads;
    const char  *what;
};

static const struct row plain[] =
{
    /* CR0: openhcl */
    { MODE_PROT, WHvX64RegisterCr0,     0x100000011,        REFUSED, 0, "bit 32" },
    { MODE_PROT, WHvX64RegisterCr0,     0x80000010,         REFUSED, 0, "paging without protection" },
    { MODE_LONG, WHvX64RegisterCr0,     0xa0000011,         REFUSED, 0, "NW without CD" },
    { MODE_LONG, WHvX64RegisterCr0,     0xfffaffd1,         RUNS, 0xe0000011, "reserved bits of the lower half" },
    { MODE_PROT, WHvX64RegisterCr0,     0x60000001,         RUNS, 0x60000011, "ET is fixed" },          /* processor */
    { MODE_LONG, WHvX64RegisterCr0,     0x80000011,         RUNS, 0, "caches on" },
    /* CR3 */
    { MODE_LONG, WHvX64RegisterCr3,     0x0010000000104000, NEVER, 0, "beyond the physical width" },    /* tlfs */
    { MODE_LONG, WHvX64RegisterCr3,     0x104018,           RUNS, 0, "PCD and PWT" },                   /* processor */
    /* CR4 */
    { MODE_LONG, WHvX64RegisterCr4,     0x100000620,        NEVER, 0, "bit 32" },                       /* openhcl */
    { MODE_LONG, WHvX64RegisterCr4,     0x8000000000000620, REFUSED, 0, "bit 63" },
    { MODE_LONG, WHvX64RegisterCr4,     0x2620,             REFUSED, 0, "VMXE without nested virtualization" },
    { MODE_LONG, WHvX64RegisterCr4,     0x4620,             REFUSED, 0, "SMXE" },
    { MODE_LONG, WHvX64RegisterCr4,     0x8620,             REFUSED, 0, "bit 15" },
    { MODE_LONG, WHvX64RegisterCr4,     0x600,              EXITS, 0, "long mode without PAE" },        /* processor */
    { MODE_LONG, WHvX64RegisterCr4,     0x6b8,              RUNS, 0, "DE, PSE, PGE" },
    /* EFER: measured, openhcl; LMA measured */
    { MODE_LONG, WHvX64RegisterEfer,    0xffffffffffffffff, REFUSED, 0, "all bits" },
    { MODE_LONG, WHvX64RegisterEfer,    0x100000d01,        REFUSED, 0, "bit 32" },
    { MODE_LONG, WHvX64RegisterEfer,    0xd03,              REFUSED, 0, "bit 1" },
    { MODE_LONG, WHvX64RegisterEfer,    0xf00,              REFUSED, 0, "bit 9" },
    { MODE_LONG, WHvX64RegisterEfer,    0x900,              RUNS, 0xd00, "LME with paging" },
    { MODE_LONG, WHvX64RegisterEfer,    0x101,              RUNS, 0x501, "SCE" },
    { MODE_PROT, WHvX64RegisterEfer,    0x100,              RUNS, 0, "LME without paging" },
    /* XCR0: XSETBV's rules; 4 measured, by its exit */
    { MODE_LONG, WHvX64RegisterXCr0,    0,                  NEVER, 0, "nothing" },
    { MODE_LONG, WHvX64RegisterXCr0,    4,                  NEVER, 0, "AVX alone" },
    { MODE_LONG, WHvX64RegisterXCr0,    5,                  NEVER, 0, "AVX without SSE" },
    { MODE_LONG, WHvX64RegisterXCr0,    0x8000000000000003, NEVER, 0, "bit 63" },
    { MODE_LONG, WHvX64RegisterXCr0,    3,                  RUNS, 0, "SSE" },
    /* debug registers: tlfs, and the processor's fixed bits */
    { MODE_LONG, WHvX64RegisterDr6,     0x1ffff0ff0,        REFUSED, 0, "bit 32" },
    { MODE_LONG, WHvX64RegisterDr7,     0x100000400,        REFUSED, 0, "bit 32" },
    { MODE_LONG, WHvX64RegisterDr6,     0,                  RUNS, 0xffff0ff0, "no bit" },
    { MODE_LONG, WHvX64RegisterDr7,     0,                  RUNS, 0x400, "no bit" },
    { MODE_LONG, WHvX64RegisterDr0,     0xffffffffffffffff, RUNS, 0, "all bits" },
    { MODE_LONG, WHvX64RegisterCr8,     0x10,               REFUSED, 0, "a priority of 16" },           /* tlfs */
    /* RFLAGS: the processor's; 0 is what a client has run with */
    { MODE_LONG, WHvX64RegisterRflags,  0x3000,             RUNS, 0x3002, "no bit 1" },
    { MODE_LONG, WHvX64RegisterRflags,  0x100003002,        EXITS_ON_INTEL, 0, "bit 32" },
    { MODE_LONG, WHvX64RegisterRflags,  0x23002,            EXITS_ON_INTEL, 0, "VM in long mode" },
    /* MSRs: openhcl */
    { MODE_LONG, WHvX64RegisterPat,     0x0007040600070402, REFUSED, 0, "type 2" },
    { MODE_LONG, WHvX64RegisterPat,     0x0807040600070406, REFUSED, 0, "type 8" },
    { MODE_LONG, WHvX64RegisterSfmask,  0x100000000,        REFUSED, 0, "bit 32" },
    { MODE_LONG, WHvX64RegisterLstar,   0x8000000000000000, REFUSED, 0, "no address" },
    { MODE_LONG, WHvX64RegisterCstar,   0x0800000000000000, REFUSED, 0, "no address" },
    { MODE_LONG, WHvX64RegisterKernelGsBase, 0xf000000000000000, REFUSED, 0, "no address" },
    { MODE_LONG, WHvX64RegisterSysenterEip, 0x7fffffffffffffff, REFUSED, 0, "no address" },
    { MODE_LONG, WHvX64RegisterSysenterEsp, 0x8000000000000000, REFUSED, 0, "no address" },
    { MODE_LONG, WHvX64RegisterLstar,   0xffff800000000000, RUNS, 0, "an address" },
    { MODE_LONG, WHvX64RegisterKernelGsBase, 0x00007fffffffffff, RUNS, 0, "an address" },
    { MODE_LONG, WHvX64RegisterStar,    0xffffffffffffffff, RUNS, 0, "all bits" },
};

struct segment_row
{
    enum mode    mode;
    UINT32       name;
    UINT64       base;
    UINT32       limit;
    UINT16       selector, attributes;
    enum outcome outcome;
    const char  *what;
};

#define FLAT 0xffffffff

static const struct segment_row segments[] =
{
    /* bases of FS and GS: openhcl; the others: processor */
    { MODE_LONG, WHvX64RegisterFs,   0x8000000000000000, FLAT, 0x10, 0xc093, REFUSED, "base that is no address" },
    { MODE_LONG, WHvX64RegisterGs,   0xf000000000000000, FLAT, 0x10, 0xc093, REFUSED, "base that is no address" },
    { MODE_LONG, WHvX64RegisterGs,   0xffff800000000000, FLAT, 0x10, 0xc093, RUNS, "base in the upper half" },
    { MODE_LONG, WHvX64RegisterTr,   0x8000000000000000, 0x467, 0x30, 0x8b, EXITS_ON_INTEL, "not an address" },
    { MODE_LONG, WHvX64RegisterLdtr, 0x8000000000000000, 0xffff, 0x38, 0x82, EXITS_ON_INTEL, "not an address" },
    { MODE_LONG, WHvX64RegisterDs,   0x100000000, FLAT, 0x10, 0xc093, EXITS_ON_INTEL, "base above 4 GiB" },
    { MODE_LONG, WHvX64RegisterEs,   0x8000000000000000, FLAT, 0x10, 0xc093, EXITS_ON_INTEL, "base above 4 GiB" },
    /* limits and granularity: measured */
    { MODE_LONG, WHvX64RegisterCs,   0, FLAT, 0x18, 0x209b, RUNS, "limit of 4 GiB without G" },
    { MODE_LONG, WHvX64RegisterSs,   0, FLAT, 0x10, 0x0093, RUNS, "limit of 4 GiB without G" },
    { MODE_LONG, WHvX64RegisterCs,   0, 0, 0x18, 0x209b, RUNS, "limit 0" },
    { MODE_LONG, WHvX64RegisterCs,   0, 0x12345, 0x18, 0xa09b, RUNS, "limit that G can't express" },
    /* reserved bits of the attributes: measured, in dumps of wtf's, which have a descriptor's limit there */
    { MODE_LONG, WHvX64RegisterSs,   0, FLAT, 0x10, 0x0493, RUNS, "reserved bit" },
    { MODE_USER, WHvX64RegisterCs,   0, 0, 0x2b, 0x22fb, RUNS, "reserved bit" },
    /* CS: processor */
    { MODE_LONG, WHvX64RegisterCs,   0, FLAT, 0x18, 0xe09b, EXITS, "L with D" },
    { MODE_PROT, WHvX64RegisterCs,   0, FLAT, 0x08, 0xe09b, RUNS, "L outside of long mode" },
    { MODE_LONG, WHvX64RegisterCs,   0, FLAT, 0x18, 0xa01b, EXITS_ON_INTEL, "not present" },
    { MODE_LONG, WHvX64RegisterCs,   0, FLAT, 0x18, 0xa0fb, EXITS_ON_INTEL, "DPL 3 under SS of ring 0" },
    { MODE_LONG, WHvX64RegisterCs,   0, FLAT, 0x18, 0xa08b, EXITS_ON_INTEL, "system segment" },
    { MODE_LONG, WHvX64RegisterCs,   0, FLAT, 0x18, 0xa09f, RUNS, "conforming" },
    /* data segments */
    { MODE_LONG, WHvX64RegisterSs,   0, FLAT, 0x10, 0xc099, EXITS_ON_INTEL, "SS of code" },
    { MODE_LONG, WHvX64RegisterSs,   0, FLAT, 0x13, 0xc0f3, EXITS_ON_INTEL, "SS of ring 3 over CS of ring 0" },
    { MODE_LONG, WHvX64RegisterSs,   0, 0, 0, 0x0000, RUNS, "no SS" },
    { MODE_LONG, WHvX64RegisterDs,   0, 0, 0, 0x0000, RUNS, "no DS" },
    { MODE_PROT, WHvX64RegisterDs,   0, FLAT, 0x10, 0xc093, RUNS, "flat" },
    { MODE_PROT, WHvX64RegisterEs,   0, FLAT, 0x10, 0xc099, EXITS_ON_INTEL, "code that can't be read" },
    { MODE_PROT, WHvX64RegisterEs,   0, FLAT, 0x10, 0xc083, EXITS_ON_INTEL, "system segment" },
    /* TR and LDTR */
    { MODE_LONG, WHvX64RegisterTr,   TSS_GPA, TSS_LIMIT, 0x30, 0x89, EXITS_ON_INTEL, "TSS that is not busy" },
    { MODE_LONG, WHvX64RegisterTr,   TSS_GPA, TSS_LIMIT, 0x30, 0x83, EXITS_ON_INTEL, "TSS of 16 bits in long mode" },
    { MODE_PROT, WHvX64RegisterTr,   TSS_GPA, TSS_LIMIT, 0x30, 0x83, RUNS, "TSS of 16 bits" },
    { MODE_LONG, WHvX64RegisterTr,   TSS_GPA, TSS_LIMIT, 0x30, 0x0b, EXITS_ON_INTEL, "no TSS" },
    { MODE_LONG, WHvX64RegisterTr,   TSS_GPA, TSS_LIMIT, 0x34, 0x8b, EXITS_ON_INTEL, "TSS in the LDT" },
    { MODE_LONG, WHvX64RegisterLdtr, 0, 0, 0, 0x0000, RUNS, "no LDT" },
    { MODE_LONG, WHvX64RegisterLdtr, GDT_GPA, 0xff, 0x38, 0x8b, EXITS_ON_INTEL, "a TSS for an LDT" },
    { MODE_LONG, WHvX64RegisterLdtr, GDT_GPA, 0xff, 0x3c, 0x82, EXITS_ON_INTEL, "LDT in the LDT" },
};

static BOOL is_intel( void )
{
    WHV_CAPABILITY capability;

    memset( &capability, 0, sizeof(capability) );
    return WHvGetCapability( WHvCapabilityCodeProcessorVendor, &capability, sizeof(capability), NULL ) == S_OK &&
           capability.ProcessorVendor == WHvProcessorVendorIntel;
}

static HRESULT access_reg( struct vm *vm, WHV_REGISTER_NAME name, WHV_REGISTER_VALUE *value, BOOL set )
{
    if (set) return WHvSetVirtualProcessorRegisters( vm->partition, 0, &name, 1, value );
    memset( value, 0xcc, sizeof(*value) );
    return WHvGetVirtualProcessorRegisters( vm->partition, 0, &name, 1, value );
}

/* TRUE if the guest has come to its end, and the value can be looked at. */
static BOOL test_value( struct vm *vm, enum mode mode, WHV_REGISTER_NAME name, WHV_REGISTER_VALUE *value,
                        enum outcome outcome )
{
    static const BYTE nop = 0x90;
    BOOL invalid = outcome == EXITS || outcome == NEVER || (outcome == EXITS_ON_INTEL && is_intel());
    WHV_REGISTER_VALUE before, after;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    BOOL runs = FALSE;
    HRESULT hr;

    vm_load( vm, mode, &nop, 1, NULL );
    hr = access_reg( vm, name, &before, FALSE );
    ok( hr == S_OK, "get: %#lx\n", hr );
    hr = access_reg( vm, name, value, TRUE );
    if (outcome == REFUSED || (outcome == NEVER && FAILED(hr)))
    {
        ok( hr == ERROR_HV_INVALID_REGISTER_VALUE || broken( FAILED(hr) ), "is taken\n" );
        if (FAILED(hr))
        {
            access_reg( vm, name, &after, FALSE );
            ok( !memcmp( &before, &after, sizeof(after) ), "is refused, and changes it: %#llx\n", after.Reg64 );
        }
    }
    else
    {
        ok( hr == S_OK, "set: %#lx\n", hr );
        memset( &exit, 0xcc, sizeof(exit) );
        hr = WHvRunVirtualProcessor( vm->partition, 0, &exit, sizeof(exit) );
        ok( hr == S_OK, "run: %#lx\n", hr );
        if (invalid) ok( exit.ExitReason == WHvRunVpExitReasonInvalidVpRegisterValue, "exit %#x\n", exit.ExitReason );
        runs = exit.ExitReason == WHvRunVpExitReasonX64IoPortAccess && exit.IoPortAccess.PortNumber == END_PORT;
        if (outcome == RUNS) ok( runs, "exit %#x at %#llx\n", exit.ExitReason, exit.VpContext.Rip );
        access_reg( vm, name, &after, FALSE );
        *value = after;
    }

    /* and mended */
    access_reg( vm, name, &before, TRUE );
    vm_load( vm, mode, &nop, 1, NULL );
    vm->before[RIP]++;
    run_to_port( vm, END_PORT, vm->before );
    return runs;
}

static void test_plain( struct vm *vm )
{
    WHV_REGISTER_VALUE value;
    UINT32 i;

    for (i = 0; i < ARRAY_COUNT(plain); i++)
    {
        const struct row *row = &plain[i];

        winetest_push_context( "%s: register %#x, %#llx: %s", modes[row->mode].name, row->name, row->value, row->what );
        memset( &value, 0, sizeof(value) );
        value.Reg64 = row->value;
        if (test_value( vm, row->mode, row->name, &value, row->outcome ) && row->outcome == RUNS)
            ok( value.Reg64 == (row->reads ? row->reads : row->value), "is %#llx\n", value.Reg64 );
        winetest_pop_context();
    }
}

static void test_segments( struct vm *vm )
{
    WHV_REGISTER_VALUE value;
    UINT32 i;

    for (i = 0; i < ARRAY_COUNT(segments); i++)
    {
        const struct segment_row *row = &segments[i];

        winetest_push_context( "%s: segment %#x, %#llx %#x %#x %#x: %s", modes[row->mode].name, row->name, row->base,
                               row->limit, row->selector, row->attributes, row->what );
        memset( &value, 0, sizeof(value) );
        value.Segment.Base = row->base;
        value.Segment.Limit = row->limit;
        value.Segment.Selector = row->selector;
        value.Segment.Attributes = row->attributes;
        if (test_value( vm, row->mode, row->name, &value, row->outcome ) && row->outcome == RUNS)
            ok( value.Segment.Base == row->base && value.Segment.Limit == row->limit &&
                value.Segment.Selector == row->selector, "is %#llx %#x %#x %#x\n", value.Segment.Base,
                value.Segment.Limit, value.Segment.Selector, value.Segment.Attributes );
        winetest_pop_context();
    }
}

/* An exception that is pending is one that there is, and has an error code if it is one of those. */
static void test_events( struct vm *vm )
{
    static const struct { UINT16 vector; BOOL code, taken; } rows[] =
    {
        { 0, FALSE, TRUE },   { 6, FALSE, TRUE },  { 13, TRUE, TRUE },  { 14, TRUE, TRUE },  { 17, TRUE, TRUE },
        { 19, FALSE, TRUE },  { 2, FALSE, FALSE }, { 9, FALSE, FALSE }, { 15, FALSE, FALSE }, { 22, FALSE, FALSE },
        { 31, FALSE, FALSE }, { 32, FALSE, FALSE }, { 0x100, FALSE, FALSE },
        { 0, TRUE, FALSE },   { 3, TRUE, FALSE },  { 6, TRUE, FALSE },  { 16, TRUE, FALSE },
    };
    WHV_REGISTER_VALUE value;
    HRESULT hr;
    UINT32 i;

    for (i = 0; i < ARRAY_COUNT(rows); i++)
    {
        memset( &value, 0, sizeof(value) );
        value.ExceptionEvent.EventPending = 1;
        value.ExceptionEvent.EventType = WHvX64PendingEventException;
        value.ExceptionEvent.Vector = rows[i].vector;
        value.ExceptionEvent.DeliverErrorCode = rows[i].code;
        hr = access_reg( vm, WHvRegisterPendingEvent, &value, TRUE );
        ok( rows[i].taken ? hr == S_OK : hr == ERROR_HV_INVALID_REGISTER_VALUE || broken( FAILED(hr) ),
            "vector %u, error code %u: %#lx\n", rows[i].vector, rows[i].code, hr );
        memset( &value, 0, sizeof(value) );
        access_reg( vm, WHvRegisterPendingEvent, &value, TRUE );
    }
}

START_TEST(values)
{
    struct vm vm;

    if (!vm_present()) return;
    if (!vm_create( &vm, NULL )) return;
    test_plain( &vm );
    test_segments( &vm );
    test_events( &vm );
    vm_destroy( &vm );
}
