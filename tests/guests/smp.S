/*
 * The demo guest with several processors
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
 * What whvrun --smp runs when it is told nothing else: starts all processors of the MP
 * table, and then the APIC's timer at 1 kHz on all of them, IPIs there and back between
 * halted processors, NMIs, task priorities, and lines of the I/O APIC, edge and level.
 * It checks what it gets. Knows the headers below, and of its machine: the MP table at
 * f0000, I/O APIC, COM1, 8254, and the port that ends it: code 0 all well, 1 a check
 * failed, 2 an exception, 3 it waits in vain.
 */

#include "smp.h"
#include "smp_handlers.h"
#include "print.h"

#define MP_TABLE        0xf0010
#define MP_ENTRIES      (MP_TABLE + 44)

#define IOAPIC_BASE     0xfec00000

#define ROUNDS          100             /* to each processor and back */

    .text
    SMP_ENTRY first, other

first:
    mov     $COM1 + 3, %edx             /* 115200 8n1, no interrupts */
    mov     $0x80, %al
    out     %al, %dx
    mov     $COM1, %edx
    mov     $1, %ax
    outw    %ax, %dx
    mov     $COM1 + 3, %edx
    mov     $3, %al
    out     %al, %dx

    mov     $MP_ENTRIES, %esi
    xor     %eax, %eax
1:  cmpb    $0, (%rsi)                  /* a processor */
    jne     2f
    inc     %eax
    add     $20, %esi
    jmp     1b
2:  mov     %eax, processors

    EXCEPTION_GATES exception
    mov     $32, %ecx
    mov     $IDT + 32 * 16, %edi
1:  mov     $stray, %eax
    mov     %ax, (%rdi)
    movw    $SEL_CODE64, 2(%rdi)
    movl    $0x8e00, 4(%rdi)
    movq    $0, 8(%rdi)
    add     $16, %edi
    inc     %ecx
    cmp     $256, %ecx
    jb      1b
    GATE    2, nmi
    GATE    VECTOR_LOW, low
    GATE    VECTOR_HIGH, high
    GATE    VECTOR_PING, ping
    GATE    VECTOR_PONG, pong
    GATE    VECTOR_COM1, com1
    GATE    VECTOR_PIT, pit
    GATE    VECTOR_TIMER, timer
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC
    movq    $1, READY(%rbx)
    SAY     "smp: processor 0 is up\r\n"

    /* **** SIPI **** */

    START_OTHERS
    xor     %r12d, %r12d
1:  mov     $READY, %edi
    mov     $1, %esi
    call    await
    inc     %r12d
    cmp     processors, %r12d
    jb      1b
    SAY     "smp: all "
    mov     processors, %eax
    call    puthex64
    SAY     " processors came by INIT and SIPI\r\n"

    /* **** the timer: how fast is it, by the 8254's third channel, which is 59659 / 1193182 s = 50 ms **** */

    mov     $0x10000, %eax
    mov     $APIC_LVT_TIMER, %ecx
    call    apic_write
    mov     $0xb, %eax                  /* divided by 1 */
    mov     $APIC_TDCR, %ecx
    call    apic_write
    in      $0x61, %al
    and     $0xfc, %al
    or      $1, %al                     /* gate open, speaker off */
    out     %al, $0x61
    mov     $0xb0, %al
    out     %al, $0x43
    mov     $(59659 & 0xff), %al
    out     %al, $0x42
    mov     $(59659 >> 8), %al
    out     %al, $0x42
    mov     $0xffffffff, %eax
    mov     $APIC_TMICT, %ecx
    call    apic_write
1:  in      $0x61, %al
    test    $0x20, %al
    jz      1b
    mov     $APIC_TMCCT, %ecx
    call    apic_read
    not     %eax
    xor     %edx, %edx
    mov     $50, %ecx
    div     %ecx
    mov     %eax, ticks_per_ms
    test    %eax, %eax
    setz    %al
    test    %al, %al
    CHECK   "the timer does not count"

    movb    $1, run_timers              /* the others wait for that */
    call    start_timer
    sti
    xor     %r12d, %r12d
1:  mov     $FIRED, %edi
    mov     $TICKS, %esi
    call    await
    inc     %r12d
    cmp     processors, %r12d
    jb      1b
    movb    $0, run_timers              /* each stops its own at the next tick */
    SAY     "smp: 200 ticks of the timer at 1 kHz on each\r\n"

    /* **** IPIs, from halt to halt **** */

    mov     $1, %r12d
next_partner:
    cmp     processors, %r12d
    jae     no_partner
    mov     $ROUNDS, %r13d
1:  mov     pongs, %r14d
    mov     $VECTOR_PING, %eax
    mov     %r12d, %edx
    call    apic_send
2:  cli
    cmp     pongs, %r14d
    jne     3f
    sti
    hlt
    jmp     2b
3:  sti
    dec     %r13d
    jnz     1b
    imul    $BLOCK_SIZE, %r12d, %eax
    cmpq    $ROUNDS, BLOCKS + PINGS(%rax)
    CHECK   "pings taken"
    inc     %r12d
    jmp     next_partner
no_partner:
    lea     -1(%r12), %eax
    imul    $ROUNDS, %eax, %eax
    cmp     %eax, pongs
    CHECK   "pongs taken"
    SAY     "smp: 100 IPIs to each of the others and back, halted in between\r\n"

    /* **** NMI, to the others, which are halted; and to all: ourselves with interrupts off **** */

    mov     $ICR_NMI | ICR_OTHERS, %eax
    xor     %edx, %edx
    call    apic_send
    mov     $1, %r12d
1:  cmp     processors, %r12d
    jae     2f
    mov     $NMIS, %edi
    mov     $1, %esi
    call    await
    inc     %r12d
    jmp     1b
2:  cmpq    $0, NMIS(%rbx)
    CHECK   "no NMI to ourselves"
    cli
    mov     $ICR_NMI, %eax
    xor     %edx, %edx
    call    apic_send
    xor     %r12d, %r12d
    mov     $NMIS, %edi
    mov     $1, %esi
    call    await
    sti
    SAY     "smp: an NMI to each, interrupts off or halted\r\n"

    /* **** priorities: CR8 lets the upper half through only; what waited comes when it goes down **** */

    mov     $5, %eax
    mov     %rax, %cr8
    mov     $APIC_TPR, %ecx
    call    apic_read
    cmp     $0x50, %eax
    CHECK   "the TPR after a write to CR8"
    mov     $ICR_SELF | VECTOR_LOW, %eax
    call    apic_send
    mov     $ICR_SELF | VECTOR_HIGH, %eax
    call    apic_send
    call    linger
    cmpl    $VECTOR_HIGH, order         /* that one and no other */
    CHECK   "with CR8 = 5: the high vector alone"
    xor     %eax, %eax
    mov     %rax, %cr8
    call    linger
    cmpl    $VECTOR_HIGH << 8 | VECTOR_LOW, order
    CHECK   "with CR8 = 0: the low vector too"

    mov     $0x60, %eax                 /* the same by the APIC's own register */
    mov     $APIC_TPR, %ecx
    call    apic_write
    mov     %cr8, %rax
    cmp     $6, %rax
    CHECK   "CR8 after a write to the TPR"
    movl    $0, order
    mov     $ICR_SELF | VECTOR_HIGH, %eax
    call    apic_send
    call    linger
    cmpl    $0, order
    CHECK   "with TPR = 60: nothing"
    mov     $0x5f, %eax
    mov     $APIC_TPR, %ecx
    call    apic_write
    call    linger
    cmpl    $VECTOR_HIGH, order
    CHECK   "with TPR = 5f: the high vector"

    xor     %eax, %eax                  /* both wait for IF: the higher one is first */
    mov     %rax, %cr8
    movl    $0, order
    cli
    mov     $ICR_SELF | VECTOR_LOW, %eax
    call    apic_send
    mov     $ICR_SELF | VECTOR_HIGH, %eax
    call    apic_send
    call    linger
    cmpl    $0, order
    CHECK   "with IF = 0: nothing"
    sti
    call    linger
    cmpl    $VECTOR_HIGH << 8 | VECTOR_LOW, order
    CHECK   "with IF = 1: high, then low"
    SAY     "smp: task priorities by CR8 and by the APIC, and the order of what waits\r\n"

    /* **** the I/O APIC: the 8254's edges wake us; the serial port's level comes again until it is gone **** */

    mov     $0x10 + 2 * 2, %esi         /* pin 2, edge, to processor 0 */
    mov     $VECTOR_PIT, %eax
    call    route
    mov     $0x34, %al                  /* 100 Hz */
    out     %al, $0x43
    mov     $(11932 & 0xff), %al
    out     %al, $0x40
    mov     $(11932 >> 8), %al
    out     %al, $0x40
1:  cli
    cmpl    $3, pit_edges
    jae     2f
    sti
    hlt
    jmp     1b
2:  sti
    mov     $0x10 + 2 * 2, %esi
    mov     $0x10000, %eax
    call    route
    SAY     "smp: three edges of the 8254 through the I/O APIC, each out of HLT\r\n"

    mov     $0x10 + 4 * 2, %esi         /* pin 4, level */
    mov     $0x8000 | VECTOR_COM1, %eax
    call    route
    mov     $COM1 + 1, %edx
    mov     $2, %al                     /* it is empty, and says so until somebody looks */
    out     %al, %dx
    mov     $10000, %esi                /* no HLT: a KVM that emulates may tell of an EOI only when it is over */
1:  call    linger
    dec     %esi
    jz      2f
    cmpl    $4, com1_levels
    jb      1b
2:  call    linger
    cmpl    $4, com1_levels             /* the fourth time it was looked at */
    je      3f
    /* The software KVM ends an interrupt as it delivers it, and when the host takes the processor away just then, says
     * so before the handler has looked: then there are some more. */
    jb      3f
    cmpl    $0, eoi_before
    je      4f
    cmpl    $16, com1_levels
    ja      3f
    cmp     %eax, %eax
    jmp     3f
4:  cmpl    $4, com1_levels
3:  CHECK   "interrupts of a level"
    mov     $COM1 + 1, %edx
    xor     %eax, %eax
    out     %al, %dx
    SAY     "smp: a level of the serial port, four times by EOI, until it was gone\r\n"

    cmpl    $0, strays
    CHECK   "stray interrupts"
    SAY     "all done\r\n"
    xor     %eax, %eax
    jmp     end

/* **** the others: they halt, and handlers do the rest **** */

other:
    lidt    idt_pointer
    OWN_BLOCK
    START_APIC
    movq    $1, READY(%rbx)
1:  pause
    cmpb    $0, run_timers
    je      1b
    call    start_timer
1:  sti
    hlt
    jmp     1b

/* **** routines **** */

start_timer:
    mov     $0xb, %eax
    mov     $APIC_TDCR, %ecx
    call    apic_write
    mov     $TIMER_PERIODIC | VECTOR_TIMER, %eax
    mov     $APIC_LVT_TIMER, %ecx
    call    apic_write
    mov     ticks_per_ms, %eax
    mov     $APIC_TMICT, %ecx
    jmp     apic_write

/* Waits until the counter at EDI of processor R12 is ESI, and not for ever. */
await:
    imul    $BLOCK_SIZE, %r12d, %eax
    add     %edi, %eax
    mov     $20000000, %ecx
1:  cmp     %rsi, BLOCKS(%rax)
    jae     2f
    pause
    dec     %ecx
    jnz     1b
    SAY     "FAILED: waited in vain for processor "
    mov     %r12d, %eax
    call    puthex64
    SAY     "\r\n"
    mov     $3, %al
    jmp     end
2:  ret

/* Time for what is on its way. A KVM that emulates looks for interrupts now and then, and at exits: so there are
 * some. */
linger:
    mov     $16, %ecx
1:  out     %al, $0x80
    dec     %ecx
    jnz     1b
    ret

/* ESI = register of the I/O APIC's table, EAX = its lower half; to processor 0 */
route:
    mov     $IOAPIC_BASE, %ecx
    lea     1(%rsi), %edx
    mov     %edx, (%rcx)
    movl    $0, 0x10(%rcx)
    mov     %esi, (%rcx)
    mov     %eax, 0x10(%rcx)
    ret

/* **** handlers **** */

    DEFINE_HANDLERS

exception:
    SAY     "FAILED: exception "
    pop     %rax
    call    puthex64
    SAY     ", stack "
    pop     %rax
    call    puthex64
    SAY     " "
    pop     %rax
    call    puthex64
    SAY     "\r\n"
    mov     $2, %al
    jmp     end
failed64:
    mov     $1, %al
end:
    out     %al, $DEBUG_EXIT
    jmp     end

    DEFINE_PUTS puts64
puthex64:
    push    %rbx
    call    1f
    pop     %rbx
    ret
    DEFINE_PUTHEX 1
    DEFINE_APIC_ROUTINES

    .data
    DEFINE_GDT
    DEFINE_IDT_POINTER
    .balign 8
processors:
    .long   0
ticks_per_ms:
    .long   0
    DEFINE_COUNTERS
run_timers:
    .byte   0
x2apic:
    .byte   0
