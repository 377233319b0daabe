/*
 * The exits guest: every kind of access to devices, with a sum over all results
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
 * For comparing two clients: what it does follows from the exits alone, no time enters
 * into it, and at the end of each part it prints a checksum over all registers and
 * flags that the accesses gave. Ports in real mode, then ports and device memory in
 * 32-bit code, 64-bit code, ring 3, then interrupts of the timer. Knows guest.h, and of
 * its machine the same as the demo guest. Leaves by the debug exit, code 0.
 */

#include "guest.h"

#define SUM    MAILBOX
#define TICKS  (MAILBOX + 4)
#define BUFFER 0x600            /* RAM for string instructions; 0x100 bytes */
#define CMOS   0x70

/* SUM = SUM * 2 + carry + EAX, and so on for EDX, ESI, EDI, ECX, status flags; changes flags only */
.macro MIX pushflags popflags sp
    \pushflags
    roll    SUM
    addl    %eax, SUM
    roll    SUM
    addl    %edx, SUM
    roll    SUM
    addl    %esi, SUM
    roll    SUM
    addl    %edi, SUM
    roll    SUM
    addl    %ecx, SUM
    push    %\sp\()ax
    mov     4 + 4 * LONG(%\sp\()sp), %eax
    and     $0x8d5, %eax
    roll    SUM
    addl    %eax, SUM
    pop     %\sp\()ax
    \popflags
.endm

.macro MIX32
    .set LONG, 0
    MIX pushfl popfl e
.endm

.macro MIX64
    .set LONG, 1
    MIX pushfq popfq r
.endm

/* A name and the sum; DX, AX, ECX, ESI change. 32 and 64-bit code. */
.macro TELL name, mix
    .pushsection .rodata
.Lname\@:
    .asciz "\name"
    .popsection
    mov     $.Lname\@, %esi
    mov     $COM1, %edx
.Lchar\@:
    lodsb
    test    %al, %al
    jz      .Lsum\@
    out     %al, (%dx)
    jmp     .Lchar\@
.Lsum\@:
    mov     $8, %ecx
.Ldigit\@:
    roll    $4, SUM
    mov     SUM, %eax
    and     $15, %al
    add     $'0', %al
    cmp     $'9', %al
    jbe     .Lout\@
    add     $('a' - '9' - 1), %al
.Lout\@:
    out     %al, (%dx)
    dec     %ecx
    jnz     .Ldigit\@
    mov     $13, %al
    out     %al, (%dx)
    mov     $10, %al
    out     %al, (%dx)
.endm

/* Ports: the clock's RAM remembers. ADDR is the buffer's register prefix. */
.macro PORTS mix
    mov     $0x45, %al
    out     %al, $CMOS
    mov     $0x5a, %al
    out     %al, $CMOS + 1
    mov     $0x11223344, %eax
    in      $CMOS + 1, %al
    \mix
    mov     $CMOS + 1, %edx
    mov     $0xa5a5, %eax
    out     %al, (%dx)
    in      (%dx), %al
    \mix
    mov     $0x4647, %eax
    mov     $0x80, %edx
    out     %ax, (%dx)
    out     %eax, (%dx)
    out     %eax, $0x82
    in      $0x80, %ax
    \mix
    in      (%dx), %eax
    \mix
    mov     $0x1, %eax
    mov     $0xcfc, %edx
    in      (%dx), %ax
    \mix
    mov     $BUFFER, %edi
    mov     $CMOS + 1, %edx
    mov     $5, %ecx
    cld
    rep     insb
    \mix
    insb
    insw
    \mix
    mov     BUFFER, %eax
    \mix
    mov     $BUFFER + 5, %esi
    mov     $3, %ecx
    std
    rep     outsb
    cld
    outsw
    outsl
    xor     %ecx, %ecx
    rep     outsb
    \mix
    in      (%dx), %al
    \mix
.endm

/* Device memory: \b is a register with its address, \x the prefix of address registers. */
.macro MEMORY mix, b, x
    mov     $0x89abcdef, %eax
    mov     %eax, (%\b)
    movw    $0x1357, 4(%\b)
    movb    $0x24, 6(%\b)
    movl    $0xfedcba98, 8(%\b)
    xor     %eax, %eax
    mov     (%\b), %al
    \mix
    mov     1(%\b), %ax
    \mix
    mov     3(%\b), %eax
    \mix
    mov     (%\b), %ah
    mov     %ah, 16(%\b)
    mov     $5, %ecx
    mov     4(%\b, %\x\()cx, 2), %dx
    \mix
    movzbl  3(%\b), %edx
    \mix
    movsbl  3(%\b), %edx
    \mix
    movzwl  (%\b), %ecx
    movswl  (%\b), %edx
    movsbw  7(%\b), %dx
    \mix
    /* read, change, write */
    addl    $0x12345678, (%\b)
    \mix
    adcb    $0x7f, 1(%\b)
    \mix
    subw    $3, 2(%\b)
    \mix
    sbbl    %eax, 4(%\b)
    \mix
    orb     $0x81, (%\b)
    \mix
    andl    $-16, (%\b)
    \mix
    xorl    %edx, 8(%\b)
    \mix
    incl    (%\b)
    \mix
    decb    3(%\b)
    \mix
    notl    4(%\b)
    \mix
    negw    6(%\b)
    \mix
    xchg    %eax, (%\b)
    \mix
    lock xaddl %eax, 4(%\b)
    \mix
    mov     (%\b), %eax
    lock cmpxchgl %edx, (%\b)
    \mix
    cmpxchgb %cl, 5(%\b)
    \mix
    /* read only */
    cmpl    $0x1000, (%\b)
    \mix
    cmp     4(%\b), %dl
    \mix
    testb   $0x40, 2(%\b)
    \mix
    test    %eax, 8(%\b)
    \mix
    add     (%\b), %eax
    \mix
    sbb     4(%\b), %cx
    \mix
    xor     8(%\b), %dl
    \mix
    cmovs   (%\b), %esi
    cmovns  4(%\b), %edi
    \mix
    setle   9(%\b)
    setc    10(%\b)
    mov     8(%\b), %eax
    \mix
    btl     $17, (%\b)
    \mix
    btsl    $3, 4(%\b)
    \mix
    mov     $77, %ecx
    btcl    %ecx, (%\b)
    \mix
    btrw    $9, 8(%\b)
    \mix
    movnti  %eax, 12(%\b)
    /* strings: from, to, and between */
    cld
    mov     %\b, %\x\()di
    mov     $0x31415926, %eax
    mov     $6, %ecx
    rep     stosl
    \mix
    stosb
    stosw
    mov     %\b, %\x\()si
    add     $3, %\x\()si
    lodsb
    lodsl
    \mix
    mov     $BUFFER, %edi
    mov     %\b, %\x\()si
    mov     $21, %ecx
    rep     movsb
    movsl
    \mix
    lea     32(%\b), %\x\()di
    mov     $BUFFER + 8, %esi
    std
    mov     $3, %ecx
    rep     movsw
    cld
    \mix
    mov     %\b, %\x\()si
    lea     1(%\b), %\x\()di
    mov     $4, %ecx
    rep     movsl
    \mix
    mov     %\b, %\x\()si
    mov     $BUFFER, %edi
    mov     $30, %ecx
    repe    cmpsb
    \mix
    mov     %\b, %\x\()di
    mov     $30, %ecx
    mov     $0x77, %al
    repne   scasb
    \mix
    /* over the end of a page, into nothing */
    mov     %eax, 0xffe(%\b)
    mov     0xffd(%\b), %eax
    \mix
    push    %\x\()cx
    push\x  (%\b)
    pop\x   24(%\b)
    pop     %\x\()cx
    mov     24(%\b), %eax
    \mix
.endm

/* push and pop take the prefix as their size */
.macro pushe mem:vararg
    pushl   \mem
.endm
.macro pope mem:vararg
    popl    \mem
.endm
.macro pushr mem:vararg
    pushq   \mem
.endm
.macro popr mem:vararg
    popq    \mem
.endm

.macro MEMORY64 mix
    mov     $0x123456789abcdef0, %rax
    mov     %rax, 0x40(%rbx)
    addq    $-2, 0x40(%rbx)
    \mix
    mov     0x41(%rbx), %r9
    lea     (%r9), %eax
    \mix
    movslq  0x44(%rbx), %rdx
    shr     $16, %rdx
    \mix
    mov     $0x1122334455667788, %r10
    xchg    %r10, 0x40(%rbx)
    mov     %r10, %rax
    shr     $8, %rax
    \mix
    mov     %r10b, 0x48(%rbx)
    mov     %sil, 0x49(%rbx)
    mov     0x48(%ebx), %ax
    \mix
    movabs  MMIO_BASE + 0x40, %eax
    \mix
    movabs  %ax, MMIO_BASE + 0x4c
    mov     %rbx, %rdi
    mov     $4, %ecx
    rep     stosq
    \mix
.endm

/* Loads and stores of vector registers; not for KVMs that emulate ring 0 in all forms, so ring 3 only. */
.macro VECTORS mix
    movups  (%rbx), %xmm1
    movups  %xmm1, 0x80(%rbx)
    movdqa  0x80(%rbx), %xmm2
    movdqu  %xmm2, 0x93(%rbx)
    movaps  %xmm2, 0xb0(%rbx)
    movq    0x84(%rbx), %xmm3
    movq    %xmm3, 0xc0(%rbx)
    movd    0x80(%rbx), %xmm4
    movd    %xmm4, 0xc8(%rbx)
    movss   0x81(%rbx), %xmm5
    movsd   0x82(%rbx), %xmm6
    movss   %xmm6, 0xd0(%rbx)
    movsd   %xmm5, 0xd8(%rbx)
    movntdq %xmm1, 0xe0(%rbx)
    mov     %rbx, %rsi
    add     $0x80, %rsi
    mov     $BUFFER, %edi
    mov     $0x80, %ecx
    rep     movsb
    mov     $BUFFER, %esi
    mov     $0x20, %ecx
.Lsum\@:
    lodsl
    \mix
    loop    .Lsum\@
.endm

    .code16
    .globl _start
_start:
    xor     %ax, %ax
    mov     %ax, %ds
    mov     %ax, %es
    mov     %ax, %ss
    mov     $STACK_TOP, %esp
    movl    $0, SUM
    PORTS   MIX32

    ENTER_PROTECTED_MODE
    TELL    "real mode, ports: "
    PORTS   MIX32
    TELL    "protected mode, ports: "
    mov     $MMIO_BASE, %ebx
    MEMORY  MIX32, ebx, e
    TELL    "protected mode, memory: "

    ENTER_LONG_MODE
    PORTS   MIX64
    TELL    "long mode, ports: "
    mov     $MMIO_BASE, %ebx
    MEMORY  MIX64, rbx, r
    MEMORY64 MIX64
    TELL    "long mode, memory: "

    /* gates for the timer and a stray one; a TSS */
    mov     $IDT, %edi
    xor     %ecx, %ecx
gate:
    mov     $stray, %eax
    cmp     $0x20, %ecx
    jne     1f
    mov     $timer, %eax
1:  mov     %ax, (%rdi)
    movw    $SEL_CODE64, 2(%rdi)
    movw    $0x8e00, 4(%rdi)
    movw    $0, 6(%rdi)
    movq    $0, 8(%rdi)
    add     $16, %edi
    inc     %ecx
    cmp     $256, %ecx
    jb      gate
    lidt    idt_pointer
    mov     $tss, %eax
    mov     %ax, gdt_tss + 2
    shr     $16, %eax
    mov     %al, gdt_tss + 4
    movw    $(tss_end - tss - 1), gdt_tss
    movb    $0x89, gdt_tss + 5
    mov     $SEL_TSS, %eax
    ltr     %ax

    mov     $0x11, %al
    out     %al, $0x20
    mov     $0x20, %al
    out     %al, $0x21
    mov     $4, %al
    out     %al, $0x21
    mov     $1, %al
    out     %al, $0x21
    mov     $0xfe, %al
    out     %al, $0x21
    mov     $0x34, %al
    out     %al, $0x43
    mov     $(1193 & 0xff), %al
    out     %al, $0x40
    mov     $(1193 >> 8), %al
    out     %al, $0x40
    movl    $0, TICKS
halt:
    sti
    hlt
    cli
    mov     TICKS, %eax
    MIX64
    cmpl    $5, TICKS
    jb      halt
    mov     $0xff, %al
    out     %al, $0x21
    TELL    "long mode, timer: "

    pushq   $SEL_UDATA
    pushq   $USER_STACK
    pushq   $0x3002
    pushq   $SEL_UCODE64
    pushq   $ring3
    iretq
ring3:
    PORTS   MIX64
    TELL    "ring 3, ports: "
    mov     $MMIO_BASE, %ebx
    MEMORY  MIX64, rbx, r
    MEMORY64 MIX64
    TELL    "ring 3, memory: "
    VECTORS MIX64
    TELL    "ring 3, vectors: "
    xor     %eax, %eax
    mov     $DEBUG_EXIT, %edx
    out     %al, (%dx)
1:  jmp     1b

timer:
    push    %rax
    incl    TICKS
    mov     $0x20, %al
    out     %al, $0x20
    pop     %rax
    iretq

stray:
    mov     $2, %al
    out     %al, $DEBUG_EXIT
1:  jmp     1b

    .balign 8
idt_pointer:
    .word   256 * 16 - 1
    .quad   IDT
    .balign 8
tss:
    .long   0
    .quad   STACK_TOP
    .fill   90, 1, 0
    .word   104
    .fill   0x2000 / 8 + 1, 1, 0
tss_end:
    DEFINE_GDT
