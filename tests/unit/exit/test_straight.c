/*
 * Unit tests of straight.c: what it takes
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

#include "host/array.h"
#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "machine.h"
#include "straight_machine.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* One access to the device. Registers are machine_mode's but for the changes; gva as a client sees it, which is the gpa
 * too. Kinds of reads and writes are told by data: ~0 is a read. */
#define READS ~0ull

struct change
{
    UINT8  reg;
    UINT64 value;
};

struct form
{
    const char   *code;
    UINT8         length, mode, size;
    UINT64        gva, data;
    struct change changes[3];
    UINT8         segment;                      /* with a base */
    UINT64        base;
};

#define F( bytes, bits ) .code = bytes, .length = sizeof(bytes) - 1, .mode = INSN_MODE_##bits
#define C( reg, value )  { { reg, value } }

static const struct form forms[] =
{
    /* sizes and sources of a store */
    { F( "\x88\x03", 64 ), 1, DEVICE, 0x11 },
    { F( "\x66\x89\x03", 64 ), 2, DEVICE, 0x2211 },
    { F( "\x89\x03", 64 ), 4, DEVICE, 0x44332211 },
    { F( "\x48\x89\x03", 64 ), 8, DEVICE, 0x8877665544332211 },
    { F( "\x88\x23", 64 ), 1, DEVICE, 0x22 },                           /* ah */
    { F( "\x88\x3b", 64 ), 1, DEVICE, 0 },                              /* bh, of the address itself */
    { F( "\x40\x88\x23", 64 ), 1, DEVICE, 0x00 },                       /* spl */
    { F( "\x44\x88\x0b", 64 ), 1, DEVICE, 0x1a },                       /* r9b */
    { F( "\x4c\x89\x3b", 64 ), 8, DEVICE, 0x9786756453423120 },         /* r15 */
    { F( "\xc6\x03\xfe", 64 ), 1, DEVICE, 0xfe },
    { F( "\x66\xc7\x03\x34\x12", 64 ), 2, DEVICE, 0x1234 },
    { F( "\xc7\x03\xfe\xff\xff\xff", 64 ), 4, DEVICE, 0xfffffffe },
    { F( "\x48\xc7\x03\xfe\xff\xff\xff", 64 ), 8, DEVICE, ~1ull },
    { F( "\x2e\x89\x03", 64 ), 4, DEVICE, 0x44332211 },                 /* CS in 64-bit code: nothing */
    { F( "\x66\x66\x66\x2e\x89\x03", 64 ), 2, DEVICE, 0x2211 },

    /* loads */
    { F( "\x8a\x03", 64 ), 1, DEVICE, READS },
    { F( "\x66\x8b\x03", 64 ), 2, DEVICE, READS },
    { F( "\x8b\x03", 64 ), 4, DEVICE, READS },
    { F( "\x48\x8b\x03", 64 ), 8, DEVICE, READS },
    { F( "\x8b\x1b", 64 ), 4, DEVICE, READS },                          /* into the register of the address */
    { F( "\x0f\xb6\x03", 64 ), 1, DEVICE, READS },
    { F( "\x48\x0f\xb7\x03", 64 ), 2, DEVICE, READS },
    { F( "\x66\x0f\xb6\x03", 64 ), 1, DEVICE, READS },
    { F( "\x44\x8a\x3b", 64 ), 1, DEVICE, READS },                      /* r15b */

    /* addresses */
    { F( "\x89\x43\x10", 64 ), 4, DEVICE + 0x10, 0x44332211 },
    { F( "\x89\x43\xf0", 64 ), 4, DEVICE - 0x10, 0x44332211 },
    { F( "\x89\x83\x10\x10\x00\x00", 64 ), 4, DEVICE + 0x1010, 0x44332211 },
    { F( "\x48\x89\x54\x8b\x20", 64 ), 8, DEVICE + 0x60, 0x8a79685746352413 },      /* [rbx+rcx*4+0x20],rdx */
    { F( "\x8b\x04\x4b", 64 ), 4, DEVICE + 0x20, READS },
    { F( "\x8b\x04\xcb", 64 ), 4, DEVICE + 0x80, READS },
    { F( "\x8b\x04\x8d\x00\x00\x0d\x00", 64 ), 4, DEVICE + 0x40, READS },           /* [rcx*4+disp32] */
    { F( "\x8b\x04\x25\x08\x00\x0d\x00", 64 ), 4, DEVICE + 8, READS },              /* [disp32] */
    { F( "\x89\x04\x24", 64 ), 4, DEVICE + 0x40, 0x44332211, C( RSP, DEVICE + 0x40 ) },
    { F( "\x8b\x44\x24\x08", 64 ), 4, DEVICE + 0x48, READS, C( RSP, DEVICE + 0x40 ) },
    { F( "\x8b\x45\x00", 64 ), 4, DEVICE + 4, READS, C( RBP, DEVICE + 4 ) },
    { F( "\x41\x8b\x45\x00", 64 ), 4, DEVICE + 4, READS, C( R13, DEVICE + 4 ) },
    { F( "\x43\x8b\x44\xe5\x80", 64 ), 4, DEVICE, READS, { { R13, DEVICE }, { R12, 0x10 } } },
    { F( "\x8b\x04\x8b", 64 ), 4, DEVICE - 4, READS, C( RCX, ~0ull ) },
    { F( "\x89\x05\xfa\xef\x0c\x00", 64 ), 4, DEVICE, 0x44332211 },                 /* [rip+disp] */
    { F( "\xc6\x05\xf9\xef\x0c\x00\x42", 64 ), 1, DEVICE, 0x42 },
    { F( "\xc7\x05\xf6\xef\x0c\x00\x78\x56\x34\x12", 64 ), 4, DEVICE, 0x12345678 },
    { F( "\x48\x8b\x05\xf9\xef\x0c\x00", 64 ), 8, DEVICE, READS },
    { F( "\x67\x8b\x05\xf9\xef\x0c\x00", 64 ), 4, DEVICE, READS },                  /* [eip+disp] */
    { F( "\x48\xa3\x08\x00\x0d\x00\x00\x00\x00\x00", 64 ), 8, DEVICE + 8, 0x8877665544332211 },
    { F( "\xa0\x08\x00\x0d\x00\x00\x00\x00\x00", 64 ), 1, DEVICE + 8, READS },
    { F( "\x67\xa1\x08\x00\x0d\x00", 64 ), 4, DEVICE + 8, READS },
    { F( "\x67\x89\x03", 64 ), 4, DEVICE, 0x44332211, C( RBX, 0x1234567800000000 + DEVICE ) },
    { F( "\x67\x8b\x04\x4b", 64 ), 4, DEVICE + 0x10, READS, { { RBX, DEVICE + 0x12 }, { RCX, 0xffffffff } } },
    { F( "\x64\x89\x01", 64 ), 4, DEVICE, 0x44332211, C( RCX, 0x10 ), SEGMENT_FS, DEVICE - 0x10 },
    { F( "\x65\x8b\x04\x25\x10\x00\x00\x00", 64 ), 4, DEVICE + 0x10, READS, C( RCX, 0 ), SEGMENT_GS, DEVICE },
    { F( "\x65\x8b\x01", 64 ), 4, DEVICE, READS, C( RCX, ~0ull ), SEGMENT_GS, DEVICE + 1 },
    { F( "\x65\x67\x8b\x01", 64 ), 4, DEVICE, READS, C( RCX, 0xffffffff00000010 ), SEGMENT_GS, DEVICE - 0x10 },
    { F( "\x64\x8b\x05\xf9\xef\xff\xff", 64 ), 4, DEVICE, READS, C( RCX, 0 ), SEGMENT_FS, DEVICE },
    { F( "\x36\x8b\x03", 64 ), 4, DEVICE, READS, C( RBX, DEVICE ), SEGMENT_SS, 0x1000 },  /* a base that is not used */
    { F( "\x8b\x03", 64 ), 4, DEVICE, READS, C( RBX, DEVICE ), SEGMENT_DS, 0x1000 },

    { F( "\x89\x03", 32 ), 4, DEVICE, 0x44332211 },
    { F( "\x66\x89\x03", 32 ), 2, DEVICE, 0x2211 },
    { F( "\x88\x2b", 32 ), 1, DEVICE, 0x00 },                           /* ch */
    { F( "\x8b\x44\x8b\x04", 32 ), 4, DEVICE + 0x44, READS },
    { F( "\x8b\x04\x8b", 32 ), 4, DEVICE - 4, READS, C( RCX, 0xffffffff ) },
    { F( "\xa1\x00\x00\x0d\x00", 32 ), 4, DEVICE, READS },
    { F( "\x66\xa3\x00\x00\x0d\x00", 32 ), 2, DEVICE, 0x2211 },
    { F( "\xc7\x05\x00\x00\x0d\x00\x78\x56\x34\x12", 32 ), 4, DEVICE, 0x12345678 },
    { F( "\x67\x8b\x00", 32 ), 4, DEVICE + 0x30, READS, { { RBX, 0xfff0 }, { RSI, 0x40 } }, SEGMENT_DS, DEVICE },
    { F( "\x26\x89\x03", 32 ), 4, DEVICE, 0x44332211, C( RBX, 0x10 ), SEGMENT_ES, DEVICE - 0x10 },
    { F( "\x64\x8b\x0d\x10\x00\x00\x00", 32 ), 4, DEVICE, READS, C( RBX, 0 ), SEGMENT_FS, DEVICE - 0x10 },
    { F( "\x2e\x8b\x03", 32 ), 4, DEVICE, READS },
    { F( "\x8b\x45\x00", 32 ), 4, DEVICE, READS, C( RBP, 0x20 ), SEGMENT_SS, DEVICE - 0x20 },
    { F( "\x8b\x03", 32 ), 4, DEVICE, READS, C( RBX, 0x80000000 + DEVICE ), SEGMENT_DS, 0x80000000 },   /* wraps */
    { F( "\x0f\xb7\x03", 32 ), 2, DEVICE, READS },

    { F( "\x26\x89\x07", 16 ), 2, DEVICE, 0x2211 },
    { F( "\x26\x66\x89\x07", 16 ), 4, DEVICE, 0x2211 },
    { F( "\x26\x88\x67\x10", 16 ), 1, DEVICE + 0x10, 0x22 },
    { F( "\x26\x8b\x00", 16 ), 2, DEVICE + 0x3010, READS, { { RBX, 0x10 }, { RSI, 0x3000 } } },
    { F( "\x26\x8b\x80\x34\x12", 16 ), 2, DEVICE + 0x1233, READS, { { RBX, 0xffff }, { RSI, 0 } } },
    { F( "\x8b\x02", 16 ), 2, DEVICE + 0x24, READS, { { RBP, 0x20 }, { RSI, 4 } }, SEGMENT_SS, DEVICE },
    { F( "\x8b\x03", 16 ), 2, DEVICE + 0x24, READS, { { RBP, 0x20 }, { RDI, 4 } }, SEGMENT_SS, DEVICE },
    { F( "\x26\xa3\xf0\xff", 16 ), 2, DEVICE + 0xfff0, 0x2211 },
    { F( "\x26\xa0\x20\x00", 16 ), 1, DEVICE + 0x20, READS },
    { F( "\x26\x67\x8b\x03", 16 ), 2, DEVICE + 0x20, READS, C( RBX, 0x20 ) },
    { F( "\x26\x67\x66\x8b\x44\x4b\x04", 16 ), 4, DEVICE + 0x28, READS, { { RBX, 0x20 }, { RCX, 2 } } },
    { F( "\x26\x66\xc7\x06\x10\x00\x78\x56\x34\x12", 16 ), 4, DEVICE + 0x10, 0x12345678 },
    { F( "\x65\x8a\x07", 16 ), 1, DEVICE, READS, C( RBX, 0 ), SEGMENT_GS, DEVICE },
    { F( "\x26\x0f\xb6\x07", 16 ), 1, DEVICE, READS },
};

static struct kvm_segment *segment( UINT8 index )
{
    struct kvm_sregs *sregs = view_edit_sregs( machine.vp );
    struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };

    return segments[index];
}

/* The lower 2 MiB are what they are, by one large page. */
static void identity( enum insn_mode mode )
{
    struct kvm_sregs *sregs = view_edit_sregs( machine.vp );

    machine_page( PAGED, DATA );
    ((UINT64 *)(machine.memory + TABLES))[0x400] = 0x83;
    if (mode == INSN_MODE_64) return;
    /* of 4 MiB without PAE, by the entry that 64-bit code would have it in */
    ((UINT32 *)(machine.memory + TABLES))[0] = 0x83;
    sregs->cr4 = CR4_PSE;
    sregs->cr0 |= CR0_PE;
}

static void start( const struct form *form, UINT8 fill, BOOL paging )
{
    UINT32 i;

    machine_mode( form->mode );
    view_edit_sregs( machine.vp )->cr4 = 0;
    if (paging) identity( form->mode );
    for (i = 0; i < ARRAY_SIZE(form->changes); i++)
        if (form->changes[i].reg || form->changes[i].value)
            machine_set_gpr( form->changes[i].reg, form->changes[i].value );
    if (form->base) segment( form->segment )->base = form->base;
    memset( machine.memory + CODE - 0x80, fill, 0x200 );
    machine_code( CODE, form->code, form->length );
}

static const char *name_of( const char *what, UINT32 index, UINT32 more )
{
    static char name[64];

    snprintf( name, sizeof(name), "%s %u (%#x)", what, index, more );
    return name;
}

/* Nothing, and what else begins instructions, behind and in front of it. */
static const UINT8 fills[] = { 0x90, 0x00, 0xcc, 0x0f, 0x66, 0x48, 0x89, 0xf3 };

static void test_forms( void **state )
{
    struct shown shown = { 0 };
    const struct form *form;
    UINT32 i, j, paging;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(forms); i++)
        for (j = 0; j < ARRAY_SIZE(fills); j++)
            for (paging = 0; paging < 2; paging++)
            {
                const WHV_MEMORY_ACCESS_CONTEXT *access = &straight_exit.MemoryAccess;
                const char *name = name_of( "form", i, fills[j] << 4 | paging );

                form = &forms[i];
                straight_forget();
                start( form, fills[j], paging );
                shown.kind = form->data == READS ? SHOW_READ : SHOW_WRITE;
                shown.length = form->length;
                shown.size = form->size;
                shown.address = form->gva;
                shown.data = form->data;
                straight_left( name, &shown );
                straight_warm( name, &shown );
                straight_taken( name, &shown );
                assert_int_equal( straight_exit.ExitReason, WHvRunVpExitReasonMemoryAccess );
                assert_int_equal( straight_exit.VpContext.Rip, CODE );
                assert_int_equal( access->Gva, form->gva );
                assert_int_equal( access->Gpa, form->gva );
                assert_int_equal( access->AccessInfo.AsUINT32, (form->data == READS ? 0 : 1) | 0xc );
                assert_int_equal( access->InstructionByteCount,
                                  form->data == READS ? INSN_MAX_LENGTH : form->length );
                assert_memory_equal( access->InstructionBytes, form->code, form->length );
                assert_int_equal( access->InstructionBytes[15], 0 );
            }
}

static const struct
{
    const char *code;
    UINT8       length, kind, mode, size;
    UINT16      port;
}
ports[] =
{
#define P( bytes, what, bits ) bytes, sizeof(bytes) - 1, SHOW_##what, INSN_MODE_##bits
    { P( "\xee", OUT, 64 ), 1, 0x2413 },
    { P( "\x66\xef", OUT, 64 ), 2, 0x2413 },
    { P( "\xef", OUT, 64 ), 4, 0x2413 },
    { P( "\x48\xef", OUT, 64 ), 4, 0x2413 },
    { P( "\xe6\xfe", OUT, 64 ), 1, 0xfe },
    { P( "\xe7\x42", OUT, 64 ), 4, 0x42 },
    { P( "\x66\xe7\x42", OUT, 64 ), 2, 0x42 },
    { P( "\xec", IN, 64 ), 1, 0x2413 },
    { P( "\x66\xed", IN, 64 ), 2, 0x2413 },
    { P( "\xed", IN, 64 ), 4, 0x2413 },
    { P( "\xe4\xfe", IN, 64 ), 1, 0xfe },
    { P( "\xe5\x42", IN, 64 ), 4, 0x42 },
    { P( "\xee", OUT, 32 ), 1, 0x2413 },
    { P( "\xef", OUT, 32 ), 4, 0x2413 },
    { P( "\x66\xed", IN, 32 ), 2, 0x2413 },
    { P( "\xe5\x80", IN, 32 ), 4, 0x80 },
    { P( "\xee", OUT, 16 ), 1, 0x2413 },
    { P( "\xef", OUT, 16 ), 2, 0x2413 },
    { P( "\x66\xef", OUT, 16 ), 4, 0x2413 },
    { P( "\x66\xe5\x80", IN, 16 ), 4, 0x80 },
#undef P
};

static void test_ports( void **state )
{
    struct shown shown = { 0 };
    UINT32 i, j, past;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(ports); i++)
        for (j = 0; j < ARRAY_SIZE(fills); j++)
            for (past = 0; past < 6; past++)
            {
                const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &straight_exit.IoPortAccess;
                const char *name = name_of( "port", i, fills[j] << 4 | past );
                struct form form = { .code = ports[i].code, .length = ports[i].length, .mode = ports[i].mode };
                BOOL out = ports[i].kind == SHOW_OUT, behind = out && past % 3;

                machine_out_past( past % 3 != 0 );
                if (past % 3 == 2) machine_out_varies();
                straight_forget();
                start( &form, fills[j], past / 3 );
                shown.kind = ports[i].kind;
                shown.length = ports[i].length;
                shown.size = ports[i].size;
                shown.address = ports[i].port;
                shown.data = machine_gpr( RAX );
                straight_left( name, &shown );
                straight_warm( name, &shown );
                straight_taken( name, &shown );
                assert_int_equal( straight_exit.ExitReason, WHvRunVpExitReasonX64IoPortAccess );
                assert_int_equal( straight_exit.VpContext.Rip, CODE );
                assert_int_equal( straight_exit.VpContext.InstructionLength, ports[i].length );
                assert_int_equal( io->PortNumber, ports[i].port );
                assert_int_equal( io->AccessInfo.AsUINT32, ports[i].size << 1 | out );
                assert_int_equal( io->InstructionByteCount, behind ? ports[i].length : INSN_MAX_LENGTH );
                assert_memory_equal( io->InstructionBytes, ports[i].code, ports[i].length );
                assert_int_equal( io->Rax, machine_gpr( RAX ));
                assert_int_equal( io->Rdi, machine_gpr( RDI ));
                assert_int_equal( io->Ds.Selector, segment( SEGMENT_DS )->selector );
                assert_int_equal( io->Es.Base, segment( SEGMENT_ES )->base );
            }
    machine_out_past( 0 );
}

/* The longest ones: no byte of them is too far. */
static void test_long_code( void **state )
{
    static const char *const codes[] =
    {
        "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x89\x03", "\xc7\x84\x20\0\0\0\0\x78\x56\x34\x12",
        "\x48\xa3\0\0\x0d\0\0\0\0\0",
    };
    static const struct shown shown[] =
    {
        { SHOW_WRITE, 15, 2, DEVICE, 0x2211, .at = 0 }, { SHOW_WRITE, 11, 4, DEVICE, 0x12345678, .at = 0 },
        { SHOW_WRITE, 10, 8, DEVICE, 0x8877665544332211, .at = 0 },
    };
    UINT32 i, bit;

    (void)state;
    machine_out_past( 0 );
    machine_set_gpr( RAX, 0x8877665544332211 );
    for (i = 0; i < ARRAY_SIZE(codes); i++)
    {
        straight_forget();
        machine_mode( INSN_MODE_64 );
        if (i == 1) machine_set_gpr( RAX, DEVICE );
        memset( machine.memory, 0x90, 0x3000 );
        machine_code( CODE, codes[i], shown[i].length );
        straight_warm( "long", &shown[i] );
        straight_taken( "long", &shown[i] );
        for (bit = 0; bit < shown[i].length * 8u; bit++)
        {
            machine.memory[CODE + bit / 8] ^= 1 << bit % 8;
            straight_left( "long", &shown[i] );
            machine.memory[CODE + bit / 8] ^= 1 << bit % 8;
            straight_taken( "long", &shown[i] );
        }
    }
}

/* The last instruction of a segment: what follows it is at 0. */
static void test_end_of_segment( void **state )
{
    static const struct shown shown = { SHOW_IN, 2, 4, 0x42, 0, .at = 0 };
    struct form form = { F( "\xe5\x42", 32 ), .segment = SEGMENT_CS, .base = CODE + 2 };

    (void)state;
    straight_forget();
    start( &form, 0x90, 0 );
    machine_regs()->rip = 0xfffffffe;
    straight_warm( "end of segment", &shown );
    straight_taken( "end of segment", &shown );
    assert_int_equal( straight_exit.VpContext.Rip, 0xfffffffe );
}

/* RF, which the processor sets as it leaves the guest: at the instruction it is taken away; behind it, it says that KVM
 * is between two items of a string instruction. */
static void test_rf( void **state )
{
    struct shown shown = { SHOW_READ, 2, 4, DEVICE, 0, .rf = 1 };
    struct form form = { F( "\x8b\x03", 64 ) };

    (void)state;
    start( &form, 0x90, 0 );
    straight_warm( "load", &shown );
    straight_taken( "load", &shown );
    assert_int_equal( straight_exit.VpContext.Rflags, 2 );

    form.code = "\xe5\x42";
    start( &form, 0x90, 0 );
    shown = (struct shown){ SHOW_IN, 2, 4, 0x42, 0, .rf = 1 };
    straight_warm( "in", &shown );
    straight_taken( "in", &shown );
    assert_int_equal( straight_exit.VpContext.Rflags, 2 );

    form.code = "\xe7\x42";
    start( &form, 0x90, 0 );
    shown = (struct shown){ SHOW_OUT, 2, 4, 0x42, 0x44332211, .rf = 1 };
    straight_warm( "out", &shown );
    straight_taken( "out", &shown );
    machine_out_past( 1 );
    straight_warm( "out, behind", &shown );
    straight_left( "out, behind", &shown );
    shown.rf = 0;
    straight_taken( "out, behind", &shown );

    form.code = "\x89\x03";
    start( &form, 0x90, 0 );
    shown = (struct shown){ SHOW_WRITE, 2, 4, DEVICE, 0x44332211, .rf = 1 };
    straight_warm( "store", &shown );
    straight_left( "store", &shown );
    shown.rf = 0;
    straight_taken( "store", &shown );
    machine_out_past( 0 );
}

/* All that the context says beside of the processor. */
static void test_context( void **state )
{
    struct shown shown = { SHOW_READ, 2, 4, DEVICE, 0, .rf = 0 };
    struct form form = { F( "\x8b\x03", 64 ) };
    UINT32 i;

    (void)state;
    for (i = 0; i < 10; i++)
    {
        struct kvm_vcpu_events *events = view_edit_events( machine.vp );

        memset( events, 0, sizeof(*events) );
        straight_forget();
        start( &form, 0x90, 0 );
        view_edit_sregs( machine.vp )->cr8 = 0;
        switch (i)
        {
        case 1: view_edit_sregs( machine.vp )->cr8 = 7; break;
        case 2: view_edit_sregs( machine.vp )->cr0 |= CR0_AM; break;
        case 3: segment( SEGMENT_SS )->dpl = 3; break;
        case 4: events->interrupt.shadow = 1; break;
        case 5: events->nmi.injected = 1; break;
        case 6: events->exception.injected = 1; break;
        case 7: events->interrupt.injected = 1; break;
        case 8: segment( SEGMENT_CS )->selector = 0x33; break;
        case 9: machine_regs()->rflags = 0x246 | RFLAGS_TF; break;
        }
        straight_warm( name_of( "context", i, 0 ), &shown );
        straight_taken( name_of( "context", i, 0 ), &shown );
        assert_int_equal( straight_exit.VpContext.Cr8, i == 1 ? 7 : 0 );
        assert_int_equal( straight_exit.VpContext.ExecutionState.Cr0Am, i == 2 );
        assert_int_equal( straight_exit.VpContext.ExecutionState.Cpl, i == 3 ? 3 : 0 );
        assert_int_equal( straight_exit.VpContext.ExecutionState.InterruptShadow, i == 4 );
        assert_int_equal( straight_exit.VpContext.ExecutionState.InterruptionPending, i >= 5 && i <= 7 );
        assert_int_equal( straight_exit.VpContext.Cs.Selector, i == 8 ? 0x33 : 16 );
        assert_int_equal( straight_exit.VpContext.Rflags, i == 9 ? 0x346 : 2 );
    }
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_forms, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_ports, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_long_code, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_end_of_segment, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_rf, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_context, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
