/*
 * whvrun: the devices of the machine
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
 * What it is for: the few devices of a PC that a boot sector or a Linux kernel needs
 * when the platform emulates no interrupt controller: 8259, 8254, 16550, clock, reset;
 * and the I/O APIC for when it has the local ones, which is when the 8259 is not wired.
 * They know nothing of WinHvPlatform, only ports, addresses, the time in ns, and the
 * host_ functions, which the machine has. One machine to a program: the state is
 * static, and one thread at a time is in here (the machine's lock sees to it).
 */

#ifndef __WHVRUN_DEVICES_H
#define __WHVRUN_DEVICES_H

#include <stddef.h>
#include <stdint.h>

enum { IRQ_TIMER = 0, IRQ_CASCADE = 2, IRQ_COM1 = 4 };

#define SCRATCH_GPA   0xd0000000u   /* a page that keeps what is written to it, as a device */
#define SCRATCH_SIZE  0x1000u
#define IOAPIC_GPA    0xfec00000u
#define NO_DEADLINE   UINT64_MAX

/* why the run ended */
enum end_reason
{
    END_NONE,
    END_EXIT_CODE,      /* debug-exit port; the code is the byte written */
    END_RESET,          /* keyboard controller, port 92 or cf9 */
    END_POWER_OFF,      /* ACPI port, or HLT with interrupts off */
    END_TRIPLE_FAULT,
    END_TIMEOUT,
    END_FAILED,         /* the platform refused, or the guest did what we can't do */
};

/* what the devices ask of their host */
extern void host_serial_output( uint8_t byte );
extern void host_end( enum end_reason reason, unsigned int code );
extern uint64_t host_time( void );      /* ns, monotonic */
/* To the local APICs: destination and delivery mode as the I/O APIC has them. */
extern void host_interrupt( uint32_t destination, int logical, unsigned int mode, int level, uint8_t vector );

/* bus.c: what no device claims reads as ones; a write to it is lost */
extern uint32_t port_read( uint16_t port, unsigned int size );
extern void port_write( uint16_t port, unsigned int size, uint32_t value );
extern void mmio_read( uint64_t gpa, unsigned int size, void *data );
extern void mmio_write( uint64_t gpa, unsigned int size, const void *data );

/* A device's ports. A read or write of more bytes than one comes as that many single ones, except where wide is set. */
struct port_range
{
    uint16_t first, last;
    int wide;
    uint32_t (*read)( uint16_t port, unsigned int size );
    void (*write)( uint16_t port, unsigned int size, uint32_t value );
};

extern const struct port_range pic_ports[], pit_ports[], serial_ports[], board_ports[];

/* pic.c */
extern void pic_set_irq( unsigned int irq, int level );
extern int pic_pending( void );
extern uint8_t pic_acknowledge( void );

/* ioapic.c: nothing of it is there before it is enabled. Reads and writes return 0 elsewhere. */
extern void ioapic_enable( void );
extern void ioapic_set_irq( unsigned int irq, int level );
extern void ioapic_eoi( uint8_t vector );
extern int ioapic_read( uint64_t gpa, unsigned int size, void *data );
extern int ioapic_write( uint64_t gpa, unsigned int size, const void *data );

/* pit.c: the time of the next edge of IRQ 0, or NO_DEADLINE; pit_update raises it when it is due */
extern void pit_update( void );
extern uint64_t pit_deadline( void );
extern uint8_t pit_speaker_read( void );
extern void pit_speaker_write( uint8_t value );

/* serial.c: bytes from the console; returns how many were taken */
extern size_t serial_input( const uint8_t *data, size_t size );

#endif /* __WHVRUN_DEVICES_H */
