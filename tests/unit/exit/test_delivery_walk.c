/*
 * Tests for the way of an event into the guest
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
 * An event that is injected, and whose gate, segment, TSS or stack can't be had: it is found before the guest is
 * entered. All else is let in.
 */

#include "delivery_machine.h"

static void test_long_mode( void **state )
{
    (void)state;
    /* the gate; it can be had: delivered */
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    inject( interrupt );
    REFUSED( HOLE + VECTOR * 16, READ, interrupt );
    REFUSED( HOLE + VECTOR * 16, READ, interrupt );
    sregs()->idt.base = IDT;
    DELIVERED( interrupt );

    /* the same by the client's map */
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    inject( fault );
    REFUSED( HOLE + VECTOR_GP * 16, READ, fault );
    assert_int_equal( machine_map( machine.memory + IDT, HOLE, 0x1000, 7 ), S_OK );
    DELIVERED( fault );
    assert_int_equal( gpa_unmap_range( &machine.partition->gpa, HOLE, 0x1000 ), S_OK );

    /* a client that takes it back */
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    inject( fault );
    REFUSED( HOLE + VECTOR_GP * 16, READ, fault );
    inject( 0 );
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
    assert_false( machine.exit.VpContext.ExecutionState.InterruptionPending );

    /* the code segment */
    prepare( INSN_MODE_64, 0 );
    sregs()->gdt.base = HOLE;
    inject( interrupt );
    REFUSED( HOLE + 8, READ, interrupt );
    sregs()->gdt.base = GDT;
    DELIVERED( interrupt );

    /* ... which the processor wants to mark, in memory that may only be read */
    prepare( INSN_MODE_64, 0 );
    memcpy( machine.memory + RAM_SIZE, machine.memory + GDT, 0x30 );
    put( RAM_SIZE + 8, CODE_0_NEW, 8 );
    sregs()->gdt.base = ROM;
    inject( interrupt );
    REFUSED( ROM + 8, WRITE, interrupt );
    put( RAM_SIZE + 8, CODE_0, 8 );
    DELIVERED( interrupt );

    /* the frame: from its highest word down, aligned, with an error code or without */
    prepare( INSN_MODE_64, 0 );
    machine_set_gpr( RSP, RAM_SIZE + 8 );
    inject( interrupt );
    DELIVERED( interrupt );
    prepare( INSN_MODE_64, 0 );
    machine_set_gpr( RSP, HOLE + 0x1018 );
    inject( fault );
    REFUSED( HOLE + 0x1008, WRITE, fault );
    machine_set_gpr( RSP, ROM + 0x28 );
    REFUSED( ROM + 0x18, WRITE, fault );
    machine_set_gpr( RSP, ROM + ROM_SIZE + 0x10 );
    REFUSED( ROM + ROM_SIZE + 8, WRITE, fault );
    machine_set_gpr( RSP, STACK );
    DELIVERED( fault );

    /* another ring: the TSS, and the stack that it names */
    prepare( INSN_MODE_64, 3 );
    sregs()->tr.base = HOLE;
    machine_set_gpr( RSP, 0xdead000 );
    inject( interrupt );
    REFUSED( HOLE + 4, READ, interrupt );
    sregs()->tr.base = TSS;
    put( TSS + 4, HOLE + 0x100, 8 );
    REFUSED( HOLE + 0xf8, WRITE, interrupt );
    put( TSS + 4, INNER, 8 );
    DELIVERED( interrupt );

    /* a stack of the gate's own */
    prepare( INSN_MODE_64, 0 );
    put_gate( VECTOR_GP, 8, GATE_INT, 1 );
    put( TSS + 36, HOLE + 0x100, 8 );
    inject( fault );
    REFUSED( HOLE + 0xf8, WRITE, fault );
    put( TSS + 36, INNER, 8 );
    DELIVERED( fault );

    /* an NMI */
    prepare( INSN_MODE_64, 0 );
    put_gate( VECTOR_NMI, 8, GATE_INT, 0 );
    sregs()->idt.base = HOLE;
    inject( PENDING( TYPE_NMI, VECTOR_NMI ));
    REFUSED( HOLE + VECTOR_NMI * 16, READ, PENDING( TYPE_NMI, VECTOR_NMI ));
    sregs()->idt.base = IDT;
    DELIVERED( PENDING( TYPE_NMI, VECTOR_NMI ));
}

static void test_protected_mode( void **state )
{
    (void)state;
    prepare( INSN_MODE_32, 0 );
    sregs()->idt.base = HOLE;
    inject( interrupt );
    REFUSED( HOLE + VECTOR * 8, READ, interrupt );
    sregs()->idt.base = IDT;
    machine_set_gpr( RSP, HOLE + 0x1000 );
    REFUSED( HOLE + 0xffc, WRITE, interrupt );
    machine_set_gpr( RSP, ROM + 4 );
    REFUSED( ROM, WRITE, interrupt );
    machine_set_gpr( RSP, STACK );
    DELIVERED( interrupt );

    /* 16-bit gate: three words */
    prepare( INSN_MODE_32, 0 );
    put_gate( VECTOR, 8, GATE_INT16, 0 );
    machine_set_gpr( RSP, HOLE + 0x1006 );
    inject( interrupt );
    REFUSED( HOLE + 0x1004, WRITE, interrupt );
    machine_set_gpr( RSP, STACK );
    DELIVERED( interrupt );

    /* from ring 3 and from virtual-8086 mode: the stack's descriptor too */
    prepare( INSN_MODE_32, 3 );
    put( TSS + 8, 0x14, 4 );                            /* of the local table */
    sregs()->ldt.base = HOLE;
    sregs()->ldt.limit = 0x1f;
    sregs()->ldt.present = 1;
    sregs()->ldt.unusable = 0;
    inject( interrupt );
    REFUSED( HOLE + 0x10, READ, interrupt );
    sregs()->ldt.base = LDT;
    put( LDT + 0x10, DATA_0, 8 );
    put( TSS + 4, HOLE + 0x1000, 4 );
    REFUSED( HOLE + 0xffc, WRITE, interrupt );
    put( TSS + 4, INNER, 4 );
    machine_regs()->rflags |= RFLAGS_VM;
    put( TSS + 4, ROM + 8 * 4, 4 );                     /* the eighth of nine words is the last there */
    REFUSED( ROM + 7 * 4, WRITE, interrupt );
    put( TSS + 4, INNER, 4 );
    DELIVERED( interrupt );

    /* a 16-bit TSS */
    prepare( INSN_MODE_32, 3 );
    sregs()->tr.type = 3;
    sregs()->tr.limit = 0x2b;
    put( TSS + 2, INNER | 16 << 16, 4 );
    put( GDT + 16, 0x00cf930d0000ffffull, 8 );          /* based at d0000h */
    inject( fault );
    REFUSED( HOLE + INNER - 4, WRITE, fault );
    put( GDT + 16, DATA_0, 8 );
    DELIVERED( fault );
}

static void test_real_mode( void **state )
{
    (void)state;
    prepare( INSN_MODE_16, 0 );
    sregs()->idt.base = HOLE;
    inject( interrupt );
    REFUSED( HOLE + VECTOR * 4, READ, interrupt );
    sregs()->idt.base = IDT;
    sregs()->ss.base = HOLE;
    machine_set_gpr( RSP, 0x1000 );
    REFUSED( HOLE + 0xffe, WRITE, interrupt );
    machine_set_gpr( RSP, 0 );                          /* goes round */
    REFUSED( HOLE + 0xfffe, WRITE, interrupt );
    sregs()->ss.base = 0;
    machine_set_gpr( RSP, 0x8000 );
    DELIVERED( interrupt );
}

/* The guest's own tables don't let it in: that is for KVM to say. */
static void test_faults( void **state )
{
    UINT32 i;

    (void)state;
    for (i = 0; i < 9; i++)
    {
        prepare( INSN_MODE_64, i == 6 || i == 7 ? 3 : 0 );
        switch (i)
        {
        case 0: sregs()->idt.base = HOLE; sregs()->idt.limit = VECTOR * 16 + 14; break;
        case 1: put_gate( VECTOR, 8, 0x0e00, 0 ); break;                /* not present */
        case 2: put_gate( VECTOR, 8, 0x8500, 0 ); break;                /* a task */
        case 3: put_gate( VECTOR, 0, GATE_INT, 0 ); break;              /* no segment */
        case 4: put_gate( VECTOR, 16, GATE_INT, 0 ); break;             /* of data */
        case 5: put_gate( VECTOR, 0x30, GATE_INT, 0 ); break;           /* beyond the table */
        case 6: sregs()->tr.limit = 10; break;
        case 7: sregs()->tr.base = PAGED; machine_page( PAGED + 0x1000, ~0ull ); break;  /* does not translate */
        case 8: put_gate( VECTOR, 12, GATE_INT, 0 ); break;             /* of a local table that is none */
        }
        inject( interrupt );
        DELIVERED( interrupt );
        sregs()->cr0 &= ~CR0_PG;
    }
}

/* Nothing is on its way: tables are nobody's concern. */
static void test_nothing( void **state )
{
    (void)state;
    prepare( INSN_MODE_64, 0 );
    sregs()->idt.base = HOLE;
    machine_queue( (struct fake_exit)FAKE_HLT );
    assert_int_equal( machine_run(), WHvRunVpExitReasonX64Halt );
}

int main( void )
{
    const struct CMUnitTest tests[] =
    {
        cmocka_unit_test_setup_teardown( test_long_mode, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_protected_mode, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_real_mode, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_faults, machine_setup, machine_teardown ),
        cmocka_unit_test_setup_teardown( test_nothing, machine_setup, machine_teardown ),
    };

    return cmocka_run_group_tests( tests, machine_group_setup, NULL );
}
