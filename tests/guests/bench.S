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
 * What the benchmark runs, natively and through the API: one loop that does nothing but
 * exit, in long mode, ring 0, with pages of 2 MiB. Two, "user", are in ring 3, with pages
 * of 4 KiB, and two stay in real mode. The host writes the number of the loop (enum loop
 * in tests/bench/bench.h) into the 32-bit word at MAILBOX before the start; the spinning
 * loop counts in the next word, so that the host can see it run. Knows guest.h. The first
 * exit is an OUT to port 0x80: from there on the loop is all there is.
 */

#include "guest.h"

#define LOOP_OUT_REAL       9
#define LOOP_MMIO_READ_REAL 10
#define TOUCH_GPA           0x10000000  /* memory that is mapped anew each time */
#define TOUCH_PAGES         2048
#define PAGES_LOW           0x20000     /* the page tables for 0 .. 2 MiB, */
#define PAGES_MMIO          0x21000     /* and for the 2 MiB from MMIO_BASE on */

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
    cmpl    $LOOP_OUT_REAL, MAILBOX
    je      loop_out_real
    cmpl    $LOOP_MMIO_READ_REAL, MAILBOX
    je      loop_mmio_read_real
    ENTER_PROTECTED_MODE
    ENTER_LONG_MODE
    mov     $MMIO_BASE, %ebx
    mov     $0x3f8, %edx
    mov     $0x41, %eax
    mov     MAILBOX, %ecx
    and     $15, %ecx
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

loop_msr:
    mov     $0x12345, %ecx              /* there is none */
1:  rdmsr
    jmp     1b

loop_out_user:
    mov     $loop_out, %ecx
    jmp     enter_user

loop_mmio_read_user:
    mov     $loop_mmio_read, %ecx
enter_user:
    mov     $PAGES_LOW, %edi
    mov     $7, %eax                    /* user, writable, present */
    call    fill_table
    mov     $MMIO_BASE + 7, %eax
    call    fill_table
    movq    $PAGES_LOW + 7, PD_LOW
    movq    $PAGES_MMIO + 7, PD_HIGH + ((MMIO_BASE >> 21) & 511) * 8
    mov     %cr3, %rax
    mov     %rax, %cr3
    mov     $tss, %eax
    mov     %ax, gdt_tss + 2
    movw    $(tss_end - tss - 1), gdt_tss
    movb    $0x89, gdt_tss + 5
    mov     %rsp, tss + 4
    mov     $SEL_TSS, %eax
    ltr     %ax
    pushq   $SEL_UDATA
    pushq   $STACK_TOP
    pushq   $0x3002                     /* IOPL 3: ports both by that and by the TSS, either of which some miss */
    pushq   $SEL_UCODE64
    push    %rcx
    iretq

/* 512 pages of 4 KiB from EAX on, into the table at EDI, which moves to its end */
fill_table:
    mov     $512, %esi
1:  mov     %rax, (%rdi)
    add     $0x1000, %eax
    add     $8, %edi
    dec     %esi
    jnz     1b
    ret

    .balign 16
loop_touch:
    mov     $TOUCH_GPA, %edi
    mov     $TOUCH_PAGES, %ecx
1:  mov     %al, (%rdi)
    add     $0x1000, %edi
    dec     %ecx
    jnz     1b
    out     %al, %dx
    jmp     loop_touch

/* As many stores to a device's register as the word behind that says, the register being where the next one says. */
    .balign 16
loop_doorbell:
    mov     MAILBOX + 8, %ecx
    mov     MAILBOX + 12, %ebx
1:  mov     %eax, (%rbx)
    dec     %ecx
    jnz     1b
    out     %al, %dx
    jmp     loop_doorbell

    .code16
    .balign 16
loop_out_real:
    out     %al, $0x80
    mov     $0x3f8, %dx
1:  out     %al, %dx
    jmp     1b

    .balign 16
loop_mmio_read_real:
    out     %al, $0x80
    mov     $0xffff, %ax                /* FFFF:0010 is 1 MiB, where memory ends */
    mov     %ax, %ds
    mov     $0x10, %bx
1:  mov     (%bx), %ax
    jmp     1b

    .data
    .balign 8
loops:
    .quad   loop_out, loop_in, loop_mmio_read, loop_mmio_write, loop_halt, loop_spin
    .quad   loop_msr, loop_out_user, loop_mmio_read_user
    .quad   loop_spin, loop_spin, loop_touch, loop_doorbell, loop_doorbell
    .rept   2
    .quad   loop_spin
    .endr
    .balign 8
tss:
    .fill   25, 4, 0
    .word   0, 104                      /* ports 0 .. 3ff are open to ring 3 */
    .fill   0x400 / 8, 1, 0
    .byte   0xff
tss_end:
    DEFINE_GDT
