/*
 * The benchmark guest: tight loops of one kind of exit each
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
 * What the benchmark runs, natively and through the API: in long mode, ring 0, one
 * loop that does nothing but exit. The host writes the number of the loop into the
 * 32-bit word at MAILBOX before the start; the spinning loop counts in the next word,
 * so that the host can see it run. Knows guest.h. The first exit is an OUT to port
 * 0x80: from there on the loop is all there is.
 */

#include "guest.h"

    .text
    .code16
    .globl  _start
_start:
    cli
    cld
    xor     %ax, %ax
    mov     %ax, %ds
    mov     %ax, %es
    mov     %ax, %ss
    ENTER_PROTECTED_MODE
    ENTER_LONG_MODE
    mov     $MMIO_BASE, %ebx
    mov     $0x3f8, %edx
    mov     $0x41, %eax
    mov     MAILBOX, %ecx
    and     $7, %ecx
    mov     loops(,%rcx,8), %rcx
    out     %al, $0x80
    jmp     *%rcx

    .balign 16
loop_out:
    out     %al, %dx
    jmp     loop_out

    .balign 16
loop_in:
    in      %dx, %al
    jmp     loop_in

    .balign 16
loop_mmio_read:
    mov     (%rbx), %eax
    jmp     loop_mmio_read

    .balign 16
loop_mmio_write:
    mov     %eax, (%rbx)
    jmp     loop_mmio_write

    .balign 16
loop_halt:
    hlt
    jmp     loop_halt

    .balign 16
loop_spin:
    incl    MAILBOX + 4
    jmp     loop_spin

    .data
    .balign 8
loops:
    .quad   loop_out, loop_in, loop_mmio_read, loop_mmio_write, loop_halt, loop_spin, loop_spin, loop_spin
    DEFINE_GDT
